import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from '../../scripts/testbed/free-port.js';
import { type Host, LOCAL } from './host.js';
import { timeLimit } from './time-limit.js';
import { until } from './until.js';

/** A redis-server on a port, with an append-only file; it can be killed and started again. */
export interface RedisServer {
  host: Host;
  port: number;
  /** For others of its network, without a user. */
  url: string;
  /** Where it keeps its data. */
  directory: string;
  /** A connection of the test to it. */
  client: Redis;
  isRunning(): boolean;
  /** Sends a signal that does not end it, as SIGSTOP. */
  signal(signal: NodeJS.Signals): void;
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again on its data. */
  start(): Promise<void>;
  close(): Promise<void>;
}

// A replica that comes back is brought up to date at once, not after waiting for others to come.
const DURABLE = {
  save: '""',
  appendonly: 'yes',
  'repl-diskless-sync-delay': '0',
  'set-max-intset-entries': '1040',
};

/** The bus of a Cluster has a port so far above that of the server. */
const BUS_ABOVE = 10_000;

/** How often a server is started elsewhere where somebody else has taken its port meanwhile. */
const MAX_STARTS = 5;

/** Starts a redis-server with some settings on a free port. */
export function startRedisServer(
  settings: Record<string, string> = {},
  host = LOCAL,
): Promise<RedisServer> {
  return startServer({ ...DURABLE, ...settings }, [], host);
}

/** What a server beside others in a network of its own needs to be reached. */
const OPEN = { bind: '0.0.0.0', 'protected-mode': 'no' };

/** Starts a redis-server with just these settings. */
export async function startServer(
  settings: Record<string, string>,
  flags: string[],
  host: Host,
): Promise<RedisServer> {
  for (let left = MAX_STARTS - 1; ; left -= 1) {
    const port = await freePort(settings['cluster-enabled'] === 'yes' ? BUS_ABOVE : 0);
    const server = createServer(port, settings, flags, host);
    try {
      await server.start();
      return server;
    } catch (error) {
      await server.close();
      if (left === 0) throw error;
    }
  }
}

function createServer(
  port: number,
  settings: Record<string, string>,
  flags: string[],
  host: Host,
): RedisServer {
  const directory = mkdtempSync(join(tmpdir(), 'redis-server-'));
  const open = host === LOCAL ? {} : OPEN;
  const lines = Object.entries({ port: String(port), dir: directory, ...open, ...settings });
  const file = join(directory, 'redis.conf');
  writeFileSync(file, lines.map(([name, value]) => `${name} ${value}\n`).join(''));
  const client = new Redis({
    host: host.control,
    port,
    retryStrategy: () => 20,
    maxRetriesPerRequest: null,
  });
  client.on('error', () => {});
  let child: ChildProcess;

  const server: RedisServer = {
    host,
    port,
    directory,
    client,
    url: `redis://${host.address}:${port}`,
    isRunning: () =>
      child.pid !== undefined && child.exitCode === null && child.signalCode === null,
    signal: (signal) => child.kill(signal),
    async kill(signal = 'SIGKILL') {
      if (!server.isRunning()) return;
      const exited = once(child, 'exit');
      child.kill(signal);
      child.kill('SIGCONT');
      await exited;
    },
    async start() {
      const command = [...host.prefix, 'redis-server', file, ...flags];
      child = spawn(command[0] as string, command.slice(1), { stdio: 'ignore' });
      const ended = once(child, 'exit').then(() => '');
      // Whoever has its port may answer in its place.
      const answer = await Promise.race([client.info('server'), ended]);
      if (!answer.includes(`process_id:${child.pid}\r`)) {
        throw new Error(`a Redis could not be started on port ${port}`);
      }
    },
    async close() {
      client.disconnect();
      await server.kill();
      // A child of it may yet write.
      await until(async () => remove(directory));
    },
  };
  return server;
}

/** @returns whether it is gone */
function remove(directory: string): boolean {
  try {
    rmSync(directory, { recursive: true, force: true });
    return true;
  } catch {
    return false;
  }
}

/** Resolves once something holds for all servers. */
export async function untilEach(
  servers: readonly RedisServer[],
  holds: (server: RedisServer) => Promise<boolean>,
): Promise<void> {
  const deadline = Date.now() + timeLimit(20_000);
  for (const server of servers) {
    while (!(await holds(server))) {
      if (Date.now() > deadline) throw new Error(`the server on ${server.port} does not get there`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
