import { Cluster } from 'ioredis';
import type { RedisClient } from './connection.js';

/** One PFCOUNT for each list of keys, all sent at once. Throws what Redis says. */
export async function pfcountEach(
  redis: RedisClient,
  lists: readonly string[][],
): Promise<number[]> {
  // A pipeline would need all keys on one node.
  if (redis instanceof Cluster) return Promise.all(lists.map((list) => redis.pfcount(...list)));
  const pipeline = redis.pipeline();
  for (const list of lists) pipeline.pfcount(...list);
  const replies = (await pipeline.exec()) ?? [];
  return replies.map(([error, count]) => {
    if (error) throw error;
    return count as number;
  });
}
