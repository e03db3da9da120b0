import { Cluster, Redis } from 'ioredis';
import { backoffMs } from '../../../domain/backoff.js';
import { shortSocketPath } from '../../../process/socket-path.js';
import type { TlsClientOptions } from '../../../tls/client-options.js';
import type { RedisClient } from '../client.js';
import { type Node, parseNodes } from './nodes.js';
import { resetTimedOut } from './reset.js';
import { QuietSentinelConnector } from './sentinel-connector.js';

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
  // Every failed attempt is an event here; the check of health reports the state once.
  redis.on('error', (error) => {
    // Or it would go on, in database 0. Nothing has been sent yet.
    if (databaseRefusal(error) !== undefined) redis.disconnect(true);
  });
  return redis;
}

/** How Redis refuses the database that a connection is to work in; undefined of any other error. */
export function databaseRefusal(error: Error): string | undefined {
  const { command } = error as { command?: { name: string; args: unknown[] } };
  if (error.name !== 'ReplyError' || command?.name !== 'select') return undefined;
  return `it refuses database ${command.args[0]}: ${error.message}`;
}

function createSingle(config: RedisConfig, tls: TlsClientOptions): Redis {
  const nodes = parseNodes(config.url);
  const [first] = nodes;
  const options = {
    ...commonOptions(config, first, tls),
    lazyConnect: true,
    enableOfflineQueue: false,
    retryStrategy,
    db: first.database ?? 0,
  };
  if (config.mode === 'sentinel') {
    return new Redis({
      ...options,
      sentinels: nodes.map(({ host, port }) => ({ host, port: port ?? 26_379 })),
      name: config.masterName,
      Connector: QuietSentinelConnector,
      sentinelRetryStrategy: retryStrategy,
      // One that has ended is listened to again once it is back.
      sentinelReconnectStrategy: retryStrategy,
      sentinelCommandTimeout: config.timeoutMs,
      failoverDetector: true,
      ...(config.sentinelPassword !== '' && { sentinelPassword: config.sentinelPassword }),
      ...(first.overTls && { sentinelTLS: tls, enableTLSForSentinelMode: true }),
    });
  }
  if (first.path !== undefined) return new Redis({ ...options, path: shortSocketPath(first.path) });
  return new Redis({ ...options, host: first.host, port: first.port ?? 6_379 });
}

function createCluster(config: RedisConfig, tls: TlsClientOptions): Cluster {
  const nodes = parseNodes(config.url);
  return new Cluster(
    nodes.map(({ host, port }) => ({ host, port: port ?? 6_379 })),
    {
      lazyConnect: true,
      enableOfflineQueue: false,
      clusterRetryStrategy: retryStrategy,
      slotsRefreshTimeout: config.timeoutMs,
      slotsRefreshInterval: 5_000,
      // What is for a slot that is being moved is not to hold up what came with it.
      maxRedirections: 6,
      retryDelayOnTryAgain: 20,
      redisOptions: commonOptions(config, nodes[0], tls),
    },
  );
}

/** How much longer than a command a connection may be silent, so that what is late does not break it for others. */
const SILENCE_MARGIN_MS = 1_000;

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
    // A connection that is silent for longer leads nowhere any more: its host has moved, or a firewall forgot it.
    socketTimeout: timeoutMs + SILENCE_MARGIN_MS,
    ...(username !== '' && { username }),
    ...(password !== '' && { password }),
    ...(overTls && { tls }),
  };
}

/** How long to wait before Redis is connected to again. */
const RECONNECT = { firstMs: 100, maxMs: 1_000 };

/** @param attempt 1 for the first */
function retryStrategy(attempt: number): number {
  return backoffMs(RECONNECT, attempt - 1);
}

/** Where Redis is, without its credentials. */
export function redisTarget({ mode, url }: RedisConfig): string {
  const places = url.split(',').map((text) => {
    const { protocol, host, pathname } = new URL(text);
    return protocol === 'unix:'
      ? decodeURIComponent(pathname)
      : `${host}${pathname.replace(/^\/0?$/, '')}`;
  });
  const what = { sentinel: 'Redis by Sentinel', cluster: 'Redis Cluster' }[mode] ?? 'Redis';
  return `${what} at ${places.join(', ')}`;
}
