import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Host } from '../support/host.js';

/** Hosts of their own on this machine (namespaces of Linux), on a network that can be cut. */
export interface Network {
  hosts: Host[];
  /** Leaves hosts connected within each group alone. Those of no group stay together. */
  split(...groups: Host[][]): void;
  /** Has nothing of a host come to others, while what they send comes to it. */
  mute(host: Host, others: readonly Host[]): void;
  /** Lets so many bytes a second leave a host. */
  slow(host: Host, bytesPerSecond: number): void;
  /** Gives a host another address, by which it is found under its name; connections to the one before fall silent. */
  move(host: Host): void;
  /** Has a name stand for hosts. */
  call(name: string, hosts: readonly Host[]): void;
  /** Ends what the others began, but a move. */
  heal(): void;
  close(): void;
}

const ip = (...command: string[]) =>
  execFileSync('ip', command, { stdio: ['ignore', 'pipe', 'pipe'] });

/** A hardware address that nobody has. */
const NOBODY = '02:00:00:00:00:01';

interface Wired extends Host {
  /** Its own end of what connects it is `data`; this is the other. */
  plug: string;
  number: number;
  moves: number;
}

/**
 * Each host has two ways in: `address` is on the network that is cut, `control` on one that never is. A cut is the plug
 * pulled out of one bridge and put into another, so that nobody is told of it.
 *
 * @returns undefined where this machine does not let us
 */
export function createNetwork(names: readonly string[]): Network | undefined {
  const id = `c${(process.pid % 4_096).toString(16)}`;
  const subnet = `10.${64 + (process.pid % 128)}`;
  const named = new Map<string, readonly Wired[]>();
  const bridges: string[] = [];
  const made: Wired[] = [];
  let split = 0;

  const bridge = (name: string, address?: string) => {
    ip('link', 'add', name, 'type', 'bridge');
    bridges.push(name);
    if (address !== undefined) ip('addr', 'add', `${address}/24`, 'dev', name);
    ip('link', 'set', name, 'up');
  };
  const inside = (host: Host, ...command: string[]) =>
    execFileSync('ip', [...host.prefix.slice(1), ...command], { stdio: 'pipe' });
  const wire = (host: Wired, device: string, plug: string, to: string, address: string) => {
    ip('link', 'add', plug, 'type', 'veth', 'peer', 'name', device, 'netns', host.name);
    ip('link', 'set', plug, 'master', to, 'up');
    inside(host, 'ip', 'addr', 'add', `${address}/24`, 'dev', device);
    inside(host, 'ip', 'link', 'set', device, 'up');
  };
  const tellNames = () => {
    const lines = [...named].flatMap(([name, hosts]) =>
      hosts.map(({ address }) => `${address} ${name}\n`),
    );
    for (const { name } of made) {
      writeFileSync(join('/etc/netns', name, 'hosts'), `127.0.0.1 localhost\n${lines.join('')}`);
    }
  };
  const close = () => {
    process.off('exit', close);
    for (const { name } of made.splice(0)) {
      ip('netns', 'del', name);
      rmSync(join('/etc/netns', name), { recursive: true, force: true });
    }
    for (const name of bridges.splice(0)) ip('link', 'del', name);
  };
  // They outlive a process that ends in the middle.
  process.once('exit', close);
  const putInto = (host: Wired, to: string) => ip('link', 'set', host.plug, 'master', to);

  try {
    bridge(`${id}-0`, `${subnet}.0.254`);
    bridge(`${id}-m`, `${subnet}.1.254`);
    for (const [index, short] of names.entries()) {
      const number = index + 1;
      const name = `${id}-${short}`;
      const host: Wired = {
        name,
        number,
        moves: 0,
        plug: `${name}-d`,
        prefix: ['ip', 'netns', 'exec', name],
        address: `${subnet}.0.${number}`,
        control: `${subnet}.1.${number}`,
      };
      ip('netns', 'add', name);
      made.push(host);
      // Before anything runs there: what is in this directory is put in the place of /etc.
      mkdirSync(join('/etc/netns', name), { recursive: true });
      writeFileSync(join('/etc/netns', name, 'hosts'), '127.0.0.1 localhost\n');
      inside(host, 'ip', 'link', 'set', 'lo', 'up');
      wire(host, 'data', host.plug, `${id}-0`, host.address);
      wire(host, 'control', `${name}-c`, `${id}-m`, host.control);
    }
  } catch {
    close();
    return undefined;
  }

  return {
    hosts: [...made],
    split(...groups) {
      for (const group of groups) {
        split += 1;
        const name = `${id}-${split}`;
        bridge(name);
        for (const host of group) putInto(host as Wired, name);
      }
    },
    mute(host, others) {
      for (const { address } of others) {
        const nobody = ['lladdr', NOBODY, 'dev', 'data', 'nud', 'permanent'];
        inside(host, 'ip', 'neigh', 'replace', address, ...nobody);
      }
    },
    slow(host, bytesPerSecond) {
      const rate = ['rate', `${bytesPerSecond * 8}bit`, 'burst', '4kb', 'latency', '2s'];
      inside(host, 'tc', 'qdisc', 'replace', 'dev', 'data', 'root', 'tbf', ...rate);
    },
    move(host) {
      const wired = host as Wired;
      wired.moves += 1;
      const next = `${subnet}.0.${wired.number + 100 * (wired.moves % 2)}`;
      // In this order: an address takes with it those that were added to its network later.
      inside(host, 'ip', 'addr', 'del', `${wired.address}/24`, 'dev', 'data');
      inside(host, 'ip', 'addr', 'add', `${next}/24`, 'dev', 'data');
      wired.address = next;
      tellNames();
    },
    call(name, hosts) {
      named.set(name, hosts as readonly Wired[]);
      tellNames();
    },
    heal() {
      for (const host of made) {
        putInto(host, `${id}-0`);
        inside(host, 'ip', 'neigh', 'flush', 'dev', 'data', 'nud', 'permanent');
        inside(host, 'tc', 'qdisc', 'replace', 'dev', 'data', 'root', 'pfifo');
      }
    },
    close,
  };
}
