import { NotReady } from '../../../process/probe.js';
import { within } from '../../../process/within.js';
import type { RedisClient } from '../client.js';
import { isReply } from '../failures.js';
import { reasonOf } from '../health/refusals.js';
import { databaseRefusal } from './connect.js';

const CONNECTING: ReadonlySet<string> = new Set(['wait', 'connecting', 'connect']);

/** ioredis connects no more by itself: it was never asked to, or a connection by Sentinel was given up before it was made. */
const IDLE: ReadonlySet<string> = new Set(['wait', 'end']);

/** Looks at Redis once it is connected to. Rejects with why Redis cannot be worked with. */
export type ConnectionKeeper = (look: () => Promise<unknown>) => Promise<void>;

/**
 * Keeps a connection, which is made at the first look.
 *
 * @param timeoutMs how long connecting may take before it begins anew
 */
export function keepConnection(redis: RedisClient, timeoutMs: number): ConnectionKeeper {
  let lastError: Error | undefined;
  let connectingSince: number | undefined;
  /** Since it has refused the database, what else fails on this connection tells nothing. */
  let isGivenUp = false;
  /** What the server said at the last look that it answered; more than that there is no connection. */
  let reason: Error | undefined;

  // Of a Cluster that is just failing over ioredis may wait for an answer that never comes.
  const beginAnewIfStuck = () => {
    if (!CONNECTING.has(redis.status)) connectingSince = undefined;
    if (connectingSince === undefined || performance.now() - connectingSince < timeoutMs) return;
    connectingSince = undefined;
    redis.disconnect(true);
  };
  redis.on('error', (given) => {
    const error = lastOfNodes(given);
    const refusal = databaseRefusal(error);
    if (refusal !== undefined) lastError = new NotReady(refusal);
    else if (!isGivenUp) lastError = isReply(error) ? reasonOf(error) : error;
    isGivenUp ||= refusal !== undefined;
  });
  redis.on('close', () => {
    isGivenUp = false;
  });
  redis.on('ready', () => {
    lastError = undefined;
  });
  return async (look) => {
    if (CONNECTING.has(redis.status)) connectingSince ??= performance.now();
    try {
      if (IDLE.has(redis.status)) await within(timeoutMs, redis.connect());
      await look();
      reason = undefined;
    } catch (error) {
      beginAnewIfStuck();
      const said = isReply(error) ? reasonOf(error) : error;
      if (said instanceof NotReady) reason = said;
      // What the command says is only that there is no connection.
      throw lastError ?? (redis.status === 'ready' ? said : (reason ?? said));
    }
  };
}

/** Of a Cluster ioredis says only that no node has told of its slots, and has beside it what the last of them said. */
function lastOfNodes(error: Error & { lastNodeError?: unknown }): Error {
  return error.lastNodeError instanceof Error ? error.lastNodeError : error;
}
