import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from './free-port.js';
import { type Host, LOCAL } from './host.js';

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
const DURABLE = { save: '""', appendonly: 'yes', 'repl-diskless-sync-delay': '0' };

/** Starts a redis-server with some settings, by default on a free port. */
export function startRedisServer(
  settings: Record<string, string> = {},
  port?: number,
  host = LOCAL,
): Promise<RedisServer> {
  return startServer({ ...DURABLE, ...settings }, [], host, port);
}

/** What a server beside others in a network of its own needs to be reached. */
const OPEN = { bind: '0.0.0.0', 'protected-mode': 'no' };

/** Starts a redis-server with just these settings. */
export async function startServer(
  settings: Record<string, string>,
  flags: string[],
  host: Host,
  port?: number,
): Promise<RedisServer> {
  const directory = mkdtempSync(join(tmpdir(), 'redis-server-'));
  const own = port ?? (await freePort());
  const open = host === LOCAL ? {} : OPEN;
  const lines = Object.entries({ port: String(own), dir: directory, ...open, ...settings });
  const file = join(directory, 'redis.conf');
  writeFileSync(file, lines.map(([name, value]) => `${name} ${value}\n`).join(''));
  const client = new Redis({
    ...{ host: host.control, port: own },
    ...{ retryStrategy: () => 20, maxRetriesPerRequest: null },
  });
  client.on('error', () => {});
  let child: ChildProcess;

  const server: RedisServer = {
    host,
    port: own,
    url: `redis://${host.address}:${own}`,
    directory,
    client,
    isRunning: () => child.exitCode === null && child.signalCode === null,
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
      await client.ping();
    },
    async close() {
      client.disconnect();
      await server.kill();
      rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  await server.start();
  return server;
}

/** A Redis Cluster of primaries, each with some replicas. */
export interface RedisCluster {
  primaries: RedisServer[];
  replicas: RedisServer[];
  url: string;
  /** Resolves when every slot is served again. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** @param hosts one for each server, primaries first; all on this machine unless given */
export async function startRedisCluster(
  primaryCount: number,
  replicasEach: number,
  hosts: readonly Host[] = [],
  more: Record<string, string> = {},
): Promise<RedisCluster> {
  const settings = { 'cluster-enabled': 'yes', 'cluster-node-timeout': '1000', ...more };
  const total = primaryCount * (1 + replicasEach);
  const all = await Promise.all(
    Array.from({ length: total }, async (_, index) =>
      startRedisServer(settings, await clusterPort(), hosts[index]),
    ),
  );
  const primaries = all.slice(0, primaryCount);
  const replicas = all.slice(primaryCount);
  const [first] = primaries as [RedisServer];
  for (const [index, { client }] of primaries.entries()) {
    const from = Math.ceil((16_384 * index) / primaryCount);
    const to = Math.ceil((16_384 * (index + 1)) / primaryCount) - 1;
    await client.cluster('ADDSLOTSRANGE', from, to);
    await client.call('CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1));
  }
  for (const { client } of all.slice(1)) {
    await client.cluster('MEET', first.host.address, first.port);
  }
  await untilEach(
    all,
    async ({ client }) => String(await client.cluster('NODES')).split('\n').length > total,
  );
  for (const [index, { client }] of replicas.entries()) {
    const primary = primaries[index % primaryCount] as RedisServer;
    await client.cluster('REPLICATE', await primary.client.cluster('MYID'));
  }
  const settled = (servers: RedisServer[]) =>
    untilEach(servers, async ({ client }) =>
      String(await client.cluster('INFO')).includes('cluster_state:ok'),
    );
  await settled(all);
  await untilEach(replicas, async ({ client }) =>
    (await client.info('replication')).includes('master_link_status:up'),
  );
  return {
    primaries,
    replicas,
    url: all.map(({ url }) => url).join(','),
    settled: () => settled(all.filter(({ isRunning }) => isRunning())),
    async close() {
      await Promise.all(all.map((server) => server.close()));
    },
  };
}

/** Resolves once something holds for all servers. */
export async function untilEach(
  servers: readonly RedisServer[],
  holds: (server: RedisServer) => Promise<boolean>,
): Promise<void> {
  const deadline = Date.now() + 20_000;
  for (const server of servers) {
    while (!(await holds(server))) {
      if (Date.now() > deadline) throw new Error(`the server on ${server.port} does not get there`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** A port whose partner for the bus of the Cluster, 10,000 above, can be had too. */
async function clusterPort(): Promise<number> {
  for (;;) {
    const port = await freePort();
    if (port < 55_000) return port;
    // The system hands out ports from the top half too; the one far below is most likely free.
    return port - 30_000;
  }
}
