import { Redis } from 'ioredis';
import { Failure } from '../../shared/failure.js';

/**
 * A connection to Redis that reconnects by itself. While Redis is away commands fail at once instead of
 * queueing: the client is told to come back, and memory stays flat.
 *
 * @param url redis://, rediss:// or unix://
 * @param timeoutMs how long a command may take
 */
export function createRedis(url: string, timeoutMs: number): Redis {
  const redis = new Redis(url.replace(/^unix:\/\//, ''), {
    lazyConnect: true,
    connectionName: 'es',
    enableOfflineQueue: false,
    // What was in flight when the connection broke may have been carried out; the client decides.
    maxRetriesPerRequest: 0,
    commandTimeout: timeoutMs,
    connectTimeout: timeoutMs,
    retryStrategy: (attempt) => Math.min(50 * 2 ** attempt, 1_000) * (0.5 + Math.random() / 2),
  });
  // Every failed attempt is an event here; the check below reports the state once.
  redis.on('error', () => {});
  return redis;
}

/** A check that Redis answers; the first one connects. It rejects with why it does not. */
export function createRedisCheck(redis: Redis): () => Promise<void> {
  let lastError: Error | undefined;
  redis.on('error', (error) => {
    lastError = error;
  });
  redis.on('ready', () => {
    lastError = undefined;
  });
  return async () => {
    try {
      await (redis.status === 'wait' ? redis.connect() : redis.ping());
    } catch (error) {
      // What the command says is only that there is no connection.
      throw lastError ?? error;
    }
  };
}

/** Where a Redis URL points, without its credentials. */
export function redisTarget(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return protocol === 'unix:' ? `Redis at ${pathname}` : `Redis at ${host}`;
}

/** What a client is told when a command failed; the error itself goes to the log as the cause. */
export function redisFailure(error: unknown): Failure {
  const refused = error instanceof Error && error.name === 'ReplyError' ? error.message : undefined;
  if (refused === undefined || AWAY.test(refused)) {
    return new Failure('unavailable', 'the store cannot be reached now; try again', {
      cause: error,
    });
  }
  return new Failure('internal', 'something went wrong inside the service', { cause: error });
}

/** Replies of a Redis that works, but not now: starting, failing over, full. */
const AWAY = /^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|BUSY|OOM|NOREPLICAS|MISCONF) /;
