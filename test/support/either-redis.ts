import { startRedisCluster } from './redis-cluster.js';
import { type RedisServer, startRedisServer } from './redis-server.js';

/** A Redis of one server, or a Cluster. */
export interface EitherRedis {
  /** Those that take writes. */
  servers: RedisServer[];
  /** What ES is told of it. */
  settings: { mode: 'single' | 'cluster'; url: string };
  close(): Promise<void>;
}

/** Starts a Redis of one server, or a Cluster of three without replicas. */
export async function startEitherRedis(mode: 'single' | 'cluster'): Promise<EitherRedis> {
  if (mode === 'cluster') {
    const { primaries, url, close } = await startRedisCluster(3, 0);
    return { servers: primaries, settings: { mode, url }, close };
  }
  const server = await startRedisServer();
  const url = `redis://127.0.0.1:${server.port}`;
  return { servers: [server], settings: { mode, url }, close: () => server.close() };
}
