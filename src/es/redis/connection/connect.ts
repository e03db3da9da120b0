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
  /** The URL of Redis; for Sentinel or a Cluster the URLs of some nodes, separated by commas. */
  url: string;
  /** The name of the primary at Sentinel. */
  masterName: string;
  /** The password of the Sentinels themselves; empty if they have no password. */
  sentinelPassword: string;
  /** How long a command may take, in milliseconds. */
  timeoutMs: number;
}

/**
 * A connection to Redis that reconnects by itself. While Redis cannot be reached, commands fail immediately: they are not
 * buffered, so that clients get 503 and memory does not grow.
 *
 * @param tls how to connect to `rediss://`
 * @default with the certificate authorities of Node.js
 */
export function createRedis(config: RedisConfig, tls: TlsClientOptions = {}): RedisClient {
  const redis = config.mode === 'cluster' ? createCluster(config, tls) : createSingle(config, tls);
  resetTimedOut(redis);
  // Each failed attempt is an event here, which needs a listener; the probe logs the state once.
  redis.on('error', (error) => {
    // Otherwise ioredis would go on in database 0. No command was sent yet.
    if (databaseRefusal(error) !== undefined) redis.disconnect(true);
  });
  return redis;
}

/** The message when Redis refuses the configured database; undefined for any other error. */
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
      // ioredis listens again to a Sentinel that has restarted.
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
      // A command for a slot that is being moved must not delay other commands.
      maxRedirections: 6,
      retryDelayOnTryAgain: 20,
      redisOptions: commonOptions(config, nodes[0], tls),
    },
  );
}

/** How much longer than a command a connection may be silent, so that one late command does not close it for others. */
const SILENCE_MARGIN_MS = 1_000;

function commonOptions(
  { timeoutMs }: RedisConfig,
  { username, password, overTls }: Node,
  tls: TlsClientOptions,
) {
  return {
    connectionName: 'es',
    // Redis may have run a command before its connection broke, so the client decides whether to send it again.
    maxRetriesPerRequest: 0,
    commandTimeout: timeoutMs,
    connectTimeout: timeoutMs,
    // A connection that is silent for longer is dead: its host has moved, or a firewall has dropped it.
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

/** The address of Redis, without credentials, for messages. */
export function redisTarget({ mode, url }: RedisConfig): string {
  const places = url.split(',').map((text) => {
    const { protocol, host, pathname } = new URL(text);
    return protocol === 'unix:'
      ? decodeURIComponent(pathname)
      : `${host}${pathname.replace(/^\/0?$/, '')}`;
  });
  const kind = { sentinel: 'Redis by Sentinel', cluster: 'Redis Cluster' }[mode] ?? 'Redis';
  return `${kind} at ${places.join(', ')}`;
}
