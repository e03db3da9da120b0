import { Failure } from '../../../domain/failure.js';
import { primaryOf, type RedisClient } from '../client.js';
import { redisFailure } from '../failures.js';

/**
 * Waits until replicas have what was written (WAIT), so that a failover loses nothing that was acknowledged. WAIT is about
 * the connection that wrote, of which there is one to each primary of a Cluster.
 *
 * @throws Failure `unavailable` when fewer had it in time; it is written all the same
 */
export type ReplicaWait = (owner: string, replicas: number) => Promise<void>;

/** @param timeoutMs how long replicas may take */
export function createReplicaWait(redis: RedisClient, timeoutMs: number): ReplicaWait {
  return async (owner, replicas) => {
    if (replicas === 0) return;
    const reached = (await primaryOf(redis, owner)?.wait(replicas, timeoutMs).catch(fail)) ?? 0;
    if (reached < replicas) throw tooFewReplicas();
  };
}

export function tooFewReplicas(): Failure {
  return new Failure('unavailable', 'too few replicas of the store can be reached now; try again');
}

function fail(error: unknown): never {
  throw redisFailure(error);
}
