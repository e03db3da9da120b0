import keySlot from 'cluster-key-slot';
import { Cluster, type Redis } from 'ioredis';

/** Redis in whatever form it runs. */
export type RedisClient = Redis | Cluster;

/** A connection to each server that is written to. */
export function primariesOf(redis: RedisClient): Redis[] {
  return redis instanceof Cluster ? redis.nodes('master') : [redis];
}

/**
 * What the primaries answer, of those that do: one that is silent is not to keep the others from being worked with.
 *
 * @throws what the first says, if none answers
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

/** How many connections of a Cluster have closed so far: then ioredis may have sent what was on its way again by itself. */
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

/** What the primary of a key is called: host and port on a Cluster, nothing where there is one primary. */
export function ownerOf(redis: RedisClient, key: string): string {
  return redis instanceof Cluster ? (redis.slots[keySlot(key)]?.[0] ?? '') : '';
}

/** The connection to a primary by what it is called; undefined where there is none. */
export function primaryOf(redis: RedisClient, owner: string): Redis | undefined {
  return redis instanceof Cluster
    ? redis.nodes('master').find(({ options }) => `${options.host}:${options.port}` === owner)
    : redis;
}
