import { NotReady } from '../../../process/probe.js';
import { withTimeout } from '../../../process/timeout.js';
import type { RedisClient } from '../client.js';
import { isReply } from '../failures.js';
import { reasonOf } from '../health/refusals.js';
import { databaseRefusal } from './connect.js';

const CONNECTING: ReadonlySet<string> = new Set(['wait', 'connecting', 'connect']);

/** The states in which ioredis does not connect by itself: it was never told to, or it gave up connecting by Sentinel. */
const IDLE: ReadonlySet<string> = new Set(['wait', 'end']);

/** Connects to Redis if necessary, then calls `look`. @throws why ES cannot use Redis */
export type ConnectionKeeper = (look: () => Promise<unknown>) => Promise<void>;

/**
 * Keeps a connection open. It connects at the first call.
 *
 * @param timeoutMs how long connecting may take before it is started again, in milliseconds
 */
export function keepConnection(redis: RedisClient, timeoutMs: number): ConnectionKeeper {
  let lastError: Error | undefined;
  let connectingSince: number | undefined;
  /** Whether Redis has refused the database: later errors of this connection are only consequences of that. */
  let hasRefused = false;
  /**
   * Why the last look that the server answered has failed. This is more useful than an error that there is no connection.
   */
  let reason: Error | undefined;

  // During a failover of a Cluster ioredis may wait for an answer that never comes.
  const reconnectIfStuck = () => {
    if (!CONNECTING.has(redis.status)) connectingSince = undefined;
    if (connectingSince === undefined || performance.now() - connectingSince < timeoutMs) return;
    connectingSince = undefined;
    redis.disconnect(true);
  };
  redis.on('error', (thrown) => {
    const error = lastNodeError(thrown);
    const refusal = databaseRefusal(error);
    if (refusal !== undefined) lastError = new NotReady(refusal);
    else if (!hasRefused) lastError = isReply(error) ? reasonOf(error) : error;
    hasRefused ||= refusal !== undefined;
  });
  redis.on('close', () => {
    hasRefused = false;
  });
  redis.on('ready', () => {
    lastError = undefined;
  });
  return async (look) => {
    if (CONNECTING.has(redis.status)) connectingSince ??= performance.now();
    try {
      if (IDLE.has(redis.status)) await withTimeout(timeoutMs, redis.connect());
      await look();
      reason = undefined;
    } catch (error) {
      reconnectIfStuck();
      const said = isReply(error) ? reasonOf(error) : error;
      if (said instanceof NotReady) reason = said;
      // The error of the command would only say that there is no connection.
      throw lastError ?? (redis.status === 'ready' ? said : (reason ?? said));
    }
  };
}

/** For a Cluster ioredis throws a general error, which has the error of the last node as a property. */
function lastNodeError(error: Error & { lastNodeError?: unknown }): Error {
  return error.lastNodeError instanceof Error ? error.lastNodeError : error;
}
