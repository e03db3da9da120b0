import { Failure } from '../../shared/failure.js';
import { primariesOf, type RedisClient } from './connection.js';

/**
 * Waits until replicas have what was written (WAIT), so that a failover loses nothing that was acknowledged.
 * On a Cluster every primary is asked: WAIT is about the connection that wrote, and there is one to each.
 *
 * @param replicas how many have to have it; with 0 it does not wait
 * @throws Failure `unavailable` when fewer had it in time; it is written all the same
 */
export function createReplicaWait(
  redis: RedisClient,
  replicas: number,
  timeoutMs: number,
): () => Promise<void> {
  if (replicas === 0) return async () => {};
  return async () => {
    const reached = await Promise.all(
      primariesOf(redis).map((primary) => primary.wait(replicas, timeoutMs)),
    );
    if (Math.min(...reached) < replicas) {
      throw new Failure(
        'unavailable',
        'too few replicas of the store can be reached now; try again',
      );
    }
  };
}
