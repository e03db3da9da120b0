import { Failure } from '../../shared/failure.js';
import type { RedisClient } from './connection.js';
import { redisFailure } from './health.js';
import { namedPrimaries } from './replication.js';

/**
 * Waits until replicas have what was written on a primary (WAIT), so that a failover loses nothing that was acknowledged.
 *
 * @param primary its name
 * @param replicas how many have to have it; with 0 it does not wait
 * @throws Failure `unavailable` when fewer had it in time; it is written all the same
 */
export type ReplicaWait = (primary: string, replicas: number) => Promise<void>;

export function createReplicaWait(redis: RedisClient, timeoutMs: number): ReplicaWait {
  return async (primary, replicas) => {
    if (replicas === 0) return;
    // WAIT is about the connection that wrote, and there is one to each.
    const connection = namedPrimaries(redis).find(({ name }) => name === primary)?.redis;
    const reached = (await connection?.wait(replicas, timeoutMs).catch(fail)) ?? 0;
    if (reached < replicas) throw tooFewReplicas();
  };
}

export function tooFewReplicas(): Failure {
  return new Failure('unavailable', 'too few replicas of the store can be reached now; try again');
}

function fail(error: unknown): never {
  throw redisFailure(error);
}
