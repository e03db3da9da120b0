import type { RedisClient } from '../client.js';
import { throwRedisFailure } from '../failures.js';
import type { Keys } from '../keys.js';

/** How many registries are read at the same time; a Cluster has one for each slot. */
export const PARALLEL_REGISTRIES = 64;

/** How many segments are known. @throws Failure `unavailable` or `internal` */
export async function countKnown(redis: RedisClient, keys: Keys): Promise<number> {
  let count = 0;
  const registries = keys.registries();
  for (let from = 0; from < registries.length; from += PARALLEL_REGISTRIES) {
    const some = registries.slice(from, from + PARALLEL_REGISTRIES);
    const sizes = await Promise.all(
      some.map((registry) => redis.zcard(registry).catch(throwRedisFailure)),
    );
    count += sizes.reduce((sum, size) => sum + size, 0);
  }
  return count;
}
