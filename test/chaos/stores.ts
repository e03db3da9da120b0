import keySlot from 'cluster-key-slot';
import type { RedisConfig } from '../../src/es/redis/connection/connect.js';
import { createKeys } from '../../src/es/redis/keys.js';
import type { Host } from '../support/host.js';
import { startRedisCluster } from '../support/redis-cluster.js';
import { startRedisSentinels } from '../support/redis-sentinels.js';
import { type RedisServer, startRedisServer } from '../support/redis-server.js';

/** Redis in one of its forms. */
export interface Stores {
  mode: RedisConfig['mode'];
  servers: RedisServer[];
  /** As ES has it, with its user. */
  url: string;
  /** The primary that a segment is on; undefined while it cannot be told. */
  ownerOf(segment: string): Promise<RedisServer | undefined>;
  close(): Promise<void>;
}

/** What ES may do is a setting, so that it comes back with a restart. */
const SETTINGS = { user: 'es on >secret ~* &* +@all' };

const withUser = (url: string) => url.replaceAll('redis://', 'redis://es:secret@');

/** @param hosts one for each server; all on this machine if empty */
export async function startStores(
  mode: RedisConfig['mode'],
  hosts: readonly Host[],
): Promise<Stores> {
  if (mode === 'single') {
    const server = await startRedisServer(SETTINGS, hosts[0]);
    const ownerOf = async () => server;
    return {
      mode,
      servers: [server],
      url: withUser(server.url),
      ownerOf,
      close: () => server.close(),
    };
  }
  if (mode === 'sentinel') {
    const { servers, url, primary, close } = await startRedisSentinels(2, hosts, SETTINGS);
    return { mode, servers, url: withUser(url), ownerOf: primary, close };
  }
  const cluster = await startRedisCluster(3, 1, hosts, SETTINGS);
  const servers = [...cluster.primaries, ...cluster.replicas];
  const keys = createKeys(14, true);
  const ownerOf = async (segment: string) => {
    const slot = keySlot(keys.prefix(segment));
    const asked = servers.find((server) => server.isRunning());
    const ranges = (await asked?.client.cluster('SLOTS')) ?? [];
    const [, , [address, at] = []] = ranges.find(([from, to]) => from <= slot && slot <= to) ?? [];
    return servers.find(({ host, port }) => host.address === address && port === at);
  };
  return { mode, servers, url: withUser(cluster.url), ownerOf, close: () => cluster.close() };
}
