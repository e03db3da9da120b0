import { Failure } from '../../../domain/failure.js';
import { primaryOf, type RedisClient } from '../client.js';
import { redisFailure } from '../failures.js';

/**
 * Waits until replicas have a write (WAIT), so that a failover loses nothing that was acknowledged. WAIT covers the
 * writes of its own connection; ES has one connection to each primary.
 *
 * @throws Failure `unavailable` if too few replicas had the write in time, or Redis refuses WAIT; the write itself is done
 */
export type ReplicaWait = (owner: string, replicas: number) => Promise<void>;

/** @param timeoutMs how long replicas may take, in milliseconds */
export function createReplicaWait(redis: RedisClient, timeoutMs: number): ReplicaWait {
  return async (owner, replicas) => {
    if (replicas === 0) return;
    const primary = primaryOf(redis, owner);
    const reached = (await primary?.wait(replicas, timeoutMs).catch(rethrow)) ?? 0;
    if (reached < replicas) throw tooFewReplicas();
  };
}

/** @param cause what Redis replied, for the log */
export function tooFewReplicas(cause?: unknown): Failure {
  return new Failure(
    'unavailable',
    'too few replicas of the store can be reached now; try again',
    cause === undefined ? {} : { cause },
  );
}

/** An error of WAIT damages no key, so the failure is never `internal`. */
function rethrow(error: unknown): never {
  const failure = redisFailure(error);
  throw failure.kind === 'internal' ? tooFewReplicas(error) : failure;
}
