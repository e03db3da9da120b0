import { type Host, LOCAL } from './host.js';
import { type RedisServer, startRedisServer, startServer, untilEach } from './redis-server.js';

/** A primary with replicas, watched by Sentinels. */
export interface RedisSentinels {
  servers: RedisServer[];
  sentinels: RedisServer[];
  url: string;
  /** The server that is the primary now. */
  primary(): Promise<RedisServer>;
  /** The server that has taken over from one, once the Sentinel that is asked knows of it: others may know before. */
  primaryAfter(before: RedisServer): Promise<RedisServer>;
  close(): Promise<void>;
}

/**
 * @param hosts one for each server, of which three have a Sentinel too; all on this machine unless given
 * @param settings more of each server
 */
export async function startRedisSentinels(
  replicaCount: number,
  hosts: readonly Host[] = [],
  settings: Record<string, string> = {},
): Promise<RedisSentinels> {
  const first = await startRedisServer(settings, hosts[0]);
  const { address } = first.host;
  const replicaof = `${address} ${first.port}`;
  const replicas = await Promise.all(
    Array.from({ length: replicaCount }, (_, index) =>
      startRedisServer({ replicaof, ...settings }, hosts[index + 1]),
    ),
  );
  const servers = [first, ...replicas];
  await untilEach(replicas, async ({ client }) =>
    (await client.info('replication')).includes('master_link_status:up'),
  );
  const sentinels = await Promise.all([0, 1, 2].map((index) => startSentinel(first, hosts[index])));
  await untilEach(sentinels, async ({ client }) => {
    const [state] = (await client.call('SENTINEL', 'MASTERS')) as string[][];
    const about = Object.fromEntries(pairs(state ?? []));
    return about['num-slaves'] === String(replicaCount) && about['num-other-sentinels'] === '2';
  });
  const primary = async () => {
    const [sentinel] = sentinels as [RedisServer];
    const reported = await sentinel.client.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'mymaster');
    const [ip, port] = reported as string[];
    return servers.find(
      (server) => server.host.address === ip && String(server.port) === port,
    ) as RedisServer;
  };
  return {
    servers,
    sentinels,
    url: sentinels.map(({ url }) => url).join(','),
    primary,
    async primaryAfter(before) {
      await untilEach([before], async () => (await primary()) !== before);
      return primary();
    },
    async close() {
      await Promise.all([...sentinels, ...servers].map((server) => server.close()));
    },
  };
}

/** A Sentinel: redis-server in that mode, which writes to its configuration file. */
async function startSentinel(primary: RedisServer, host = LOCAL): Promise<RedisServer> {
  const lines = [
    `monitor mymaster ${primary.host.address} ${primary.port} 2`,
    'down-after-milliseconds mymaster 1000',
    'failover-timeout mymaster 3000',
  ];
  return startServer({ sentinel: lines.join('\nsentinel ') }, ['--sentinel'], host);
}

function pairs(flat: readonly string[]): [string, string][] {
  return flat.flatMap((name, index) =>
    index % 2 === 0 ? [[name, flat[index + 1] ?? ''] as [string, string]] : [],
  );
}
