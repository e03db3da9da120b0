import { Cluster, Redis } from 'ioredis';
import type { TlsClientOptions } from '../../shared/tls/client-options.js';
import { resetTimedOut } from './reset.js';

/** Redis in whatever form it runs. */
export type RedisClient = Redis | Cluster;

/** How Redis runs: one server, one of several that Sentinel watches, or a Cluster. */
export const REDIS_MODES = ['single', 'sentinel', 'cluster'] as const;

export interface RedisConfig {
  mode: string;
  /** Where Redis is; of Sentinels or of a Cluster some nodes, separated by commas. */
  url: string;
  /** What Sentinel calls the primary. */
  masterName: string;
  /** The password of the Sentinels themselves, or nothing. */
  sentinelPassword: string;
  /** How long a command may take. */
  timeoutMs: number;
}

/**
 * A connection to Redis that reconnects by itself. While Redis is away commands fail at once instead of
 * queueing: the client is told to come back, and memory stays flat.
 *
 * @param tls how to connect to `rediss://`; by the authorities that Node.js knows unless given
 */
export function createRedis(config: RedisConfig, tls: TlsClientOptions = {}): RedisClient {
  const redis = config.mode === 'cluster' ? createCluster(config, tls) : createSingle(config, tls);
  resetTimedOut(redis);
  // Every failed attempt is an event here; the check below reports the state once.
  redis.on('error', () => {});
  return redis;
}

/** A connection to each server that is written to. */
export function primariesOf(redis: RedisClient): Redis[] {
  return redis instanceof Cluster ? redis.nodes('master') : [redis];
}

function createSingle(config: RedisConfig, tls: TlsClientOptions): Redis {
  const nodes = nodesOf(config.url);
  const [first] = nodes;
  const options = {
    ...commonOptions(config, first, tls),
    lazyConnect: true,
    enableOfflineQueue: false,
    retryStrategy,
    // A primary that was demoted answers so; its name now leads to another one.
    reconnectOnError: ({ message }: Error) => (message.startsWith('READONLY') ? 2 : false),
  };
  if (config.mode === 'sentinel') {
    return new Redis({
      ...options,
      sentinels: nodes.map(({ host, port }) => ({ host, port: port ?? 26_379 })),
      name: config.masterName,
      sentinelRetryStrategy: retryStrategy,
      sentinelCommandTimeout: config.timeoutMs,
      failoverDetector: true,
      ...(config.sentinelPassword !== '' && { sentinelPassword: config.sentinelPassword }),
      ...(first.overTls && { sentinelTLS: tls, enableTLSForSentinelMode: true }),
    });
  }
  if (first.path !== undefined) return new Redis({ ...options, path: first.path });
  return new Redis({ ...options, host: first.host, port: first.port ?? 6_379, db: first.database });
}

function createCluster(config: RedisConfig, tls: TlsClientOptions): Cluster {
  const nodes = nodesOf(config.url);
  return new Cluster(
    nodes.map(({ host, port }) => ({ host, port: port ?? 6_379 })),
    {
      lazyConnect: true,
      enableOfflineQueue: false,
      clusterRetryStrategy: retryStrategy,
      slotsRefreshTimeout: config.timeoutMs,
      slotsRefreshInterval: 5_000,
      redisOptions: commonOptions(config, nodes[0], tls),
    },
  );
}

function commonOptions(
  { timeoutMs }: RedisConfig,
  { username, password, overTls }: Node,
  tls: TlsClientOptions,
) {
  return {
    connectionName: 'es',
    // What was in flight when the connection broke may have been carried out; the client decides.
    maxRetriesPerRequest: 0,
    commandTimeout: timeoutMs,
    connectTimeout: timeoutMs,
    ...(username !== '' && { username }),
    ...(password !== '' && { password }),
    ...(overTls && { tls }),
  };
}

function retryStrategy(attempt: number): number {
  return Math.min(50 * 2 ** attempt, 1_000) * (0.5 + Math.random() / 2);
}

interface Node {
  host: string;
  port: number | undefined;
  path: string | undefined;
  username: string;
  password: string;
  database: number;
  overTls: boolean;
}

/** The nodes of a URL, or of several separated by commas. */
function nodesOf(urls: string): [Node, ...Node[]] {
  return urls.split(',').map((text) => {
    const url = new URL(text);
    return {
      host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: url.port === '' ? undefined : Number(url.port),
      path: url.protocol === 'unix:' ? decodeURIComponent(url.pathname) : undefined,
      username: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
      database: Number(url.pathname.slice(1)) || 0,
      overTls: url.protocol === 'rediss:',
    };
  }) as [Node, ...Node[]];
}

/** Where Redis is, without its credentials. */
export function redisTarget({ mode, url }: RedisConfig): string {
  const places = url.split(',').map((text) => {
    const { protocol, host, pathname } = new URL(text);
    return protocol === 'unix:' ? pathname : host;
  });
  const what = { sentinel: 'Redis by Sentinel', cluster: 'Redis Cluster' }[mode] ?? 'Redis';
  return `${what} at ${places.join(', ')}`;
}
