import keySlot from 'cluster-key-slot';
import { Cluster, type Redis } from 'ioredis';

/** A connection to Redis, in any of its modes. */
export type RedisClient = Redis | Cluster;

/** The connection to each primary. */
export function primariesOf(redis: RedisClient): Redis[] {
  return redis instanceof Cluster ? redis.nodes('master') : [redis];
}

/**
 * Collects the answers of the primaries. A primary that does not answer is left out, so that ES goes on with the others.
 *
 * @throws the error of the first primary, if all fail
 */
export async function answersOf<Answer>(
  redis: RedisClient,
  ask: (primary: Redis) => Promise<Answer>,
): Promise<Answer[]> {
  const outcomes = await Promise.allSettled(primariesOf(redis).map(ask));
  const answers = outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const [first] = outcomes;
  if (answers.length === 0 && first?.status === 'rejected') throw first.reason;
  return answers;
}

/**
 * Counts the connections of a Cluster that have closed: after a closing, ioredis may itself send unanswered commands again.
 */
export function countClosings(redis: RedisClient): () => number {
  let closings = 0;
  const watch = (node: Redis) =>
    node.on('close', () => {
      closings += 1;
    });
  if (redis instanceof Cluster) {
    redis.on('+node', watch);
    for (const node of redis.nodes()) watch(node);
  }
  return () => closings;
}

/** The name of the primary that has a key: host and port on a Cluster; empty if there is only one primary. */
export function ownerOf(redis: RedisClient, key: string): string {
  return redis instanceof Cluster ? (redis.slots[keySlot(key)]?.[0] ?? '') : '';
}

/** The connection to a primary by its name; undefined if there is no such primary. */
export function primaryOf(redis: RedisClient, owner: string): Redis | undefined {
  return redis instanceof Cluster
    ? redis.nodes('master').find(({ options }) => `${options.host}:${options.port}` === owner)
    : redis;
}
