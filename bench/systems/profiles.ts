import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Profiler } from 'node:inspector';
import { Redis } from 'ioredis';

/** Where the time of a system goes while it is measured. */
export interface Profiles {
  begin(): Promise<void>;
  end(): Promise<void>;
  /** What was found since the last call, a line for each process. */
  take(): string;
}

/** Time by what it went to. */
type Shares = Map<string, number>;

/** What is told of each process. */
const TOP = 9;

/** Services that were started with profiler.mjs, and their Redis. */
export function createProfiles(
  services: Record<string, ChildProcess>,
  redisPort: number,
): Profiles {
  const redis = new Redis({ port: redisPort, lazyConnect: true });
  const found = new Map<string, Shares>();
  const sharesOf = (name: string) => found.get(name) ?? newShares(name);
  const newShares = (name: string) => {
    const shares: Shares = new Map();
    found.set(name, shares);
    return shares;
  };
  return {
    async begin() {
      await redis.config('RESETSTAT');
      await Promise.all(Object.values(services).map((child) => order(child, 'begin')));
    },
    async end() {
      for (const [name, child] of Object.entries(services)) {
        const { profile } = (await order(child, 'end')) as { profile: Profiler.Profile };
        addSelfTimes(profile, sharesOf(name));
      }
      addCommands(await redis.info('commandstats'), sharesOf('Redis'));
    },
    take() {
      const lines = [...found].map(([name, shares]) => `${name}: ${describe(shares)}`);
      found.clear();
      return lines.join('\n');
    },
  };
}

async function order(child: ChildProcess, what: 'begin' | 'end'): Promise<unknown> {
  const answer = once(child, 'message');
  child.send(what);
  return (await answer)[0];
}

/** Each sample stands for the time since the one before. */
function addSelfTimes({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile, to: Shares) {
  const groups = new Map(nodes.map(({ id, callFrame }) => [id, groupOf(callFrame)]));
  for (const [index, id] of samples.entries()) {
    add(to, groups.get(id) as string, timeDeltas[index] ?? 0);
  }
}

/** Who a function belongs to: V8, a system call, a room of Node.js, a package, or a folder of this project. */
function groupOf({ url, functionName }: Profiler.Profile['nodes'][number]['callFrame']): string {
  if (functionName === '(idle)') return 'idle';
  if (functionName === '(garbage collector)') return 'garbage collection';
  if (functionName === '(program)') return 'native code';
  if (url === '') return /^(write|shutdown)/.test(functionName) ? 'socket writes' : 'built-ins';
  const node = /^node:(?:internal\/)?(?:deps\/)?(\w+)/.exec(url)?.[1];
  if (node !== undefined) return `node:${node}`;
  const path = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url) ?? /dist\/(.+)\//.exec(url);
  return path?.[1] ?? 'other';
}

/** `cmdstat_evalsha:calls=1,usec=2,…` */
function addCommands(info: string, to: Shares): void {
  for (const [, command = '', microseconds] of info.matchAll(/cmdstat_(\S+?):.*?usec=(\d+)/g)) {
    // Commands that a script runs are counted in it, too.
    add(to, command, Number(microseconds));
  }
}

function add(to: Shares, what: string, time: number): void {
  to.set(what, (to.get(what) ?? 0) + time);
}

/** What a process does while it is not idle, the largest shares of that in per cent. */
function describe(shares: Shares): string {
  const busy = [...shares].filter(([name]) => name !== 'idle');
  const sum = busy.reduce((total, [, time]) => total + time, 0);
  return busy
    .sort(([, one], [, other]) => other - one)
    .slice(0, TOP)
    .map(([name, time]) => `${name} ${((100 * time) / sum).toFixed(0)} %`)
    .join(', ');
}
