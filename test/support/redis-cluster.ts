import type { Host } from './host.js';
import { type RedisServer, startRedisServer, untilEach } from './redis-server.js';

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
  const servers = await Promise.all(
    Array.from({ length: total }, (_, index) => startRedisServer(settings, hosts[index])),
  );
  const primaries = servers.slice(0, primaryCount);
  const replicas = servers.slice(primaryCount);
  const [first] = primaries as [RedisServer];
  for (const [index, { client }] of primaries.entries()) {
    const from = Math.ceil((16_384 * index) / primaryCount);
    const to = Math.ceil((16_384 * (index + 1)) / primaryCount) - 1;
    await client.cluster('ADDSLOTSRANGE', from, to);
    await client.call('CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1));
  }
  for (const { client } of servers.slice(1)) {
    await client.cluster('MEET', first.host.address, first.port);
  }
  await untilEach(
    servers,
    async ({ client }) => String(await client.cluster('NODES')).split('\n').length > total,
  );
  for (const [index, { client }] of replicas.entries()) {
    const primary = primaries[index % primaryCount] as RedisServer;
    await client.cluster('REPLICATE', await primary.client.cluster('MYID'));
  }
  const settled = (some: RedisServer[]) =>
    untilEach(some, async ({ client }) =>
      String(await client.cluster('INFO')).includes('cluster_state:ok'),
    );
  await settled(servers);
  await untilEach(replicas, async ({ client }) =>
    (await client.info('replication')).includes('master_link_status:up'),
  );
  return {
    primaries,
    replicas,
    url: servers.map(({ url }) => url).join(','),
    settled: () => settled(servers.filter(({ isRunning }) => isRunning())),
    async close() {
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}
