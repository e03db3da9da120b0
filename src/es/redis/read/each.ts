import { Cluster } from 'ioredis';
import type { RedisClient } from '../client.js';
import type { Gate } from '../silent-primaries.js';

/** Sends one PFCOUNT for each list of keys, all together. If a command fails, only its own list gets the error. */
export async function pfcountEach(
  redis: RedisClient,
  gate: Gate,
  lists: readonly string[][],
): Promise<(number | Error)[]> {
  // A pipeline of ioredis needs all keys on one node.
  if (redis instanceof Cluster) {
    return Promise.all(
      lists.map((list) =>
        gate.pass(list[0] as string, () => redis.pfcount(...list)).catch((error: Error) => error),
      ),
    );
  }
  const pipeline = redis.pipeline();
  for (const list of lists) pipeline.pfcount(...list);
  const replies = (await pipeline.exec()) ?? [];
  return replies.map(([error, count]) => error ?? (count as number));
}

/**
 * Sends one GET for each key, all together. MGET would show a key that holds no string as missing.
 *
 * @throws the error of the first key that has one
 */
export async function getEach(
  redis: RedisClient,
  gate: Gate,
  keys: readonly string[],
): Promise<(Buffer | null)[]> {
  // While a slot is being moved, ioredis sends a whole pipeline to the next node, which lacks the keys that stay.
  if (redis instanceof Cluster) {
    return Promise.all(keys.map((key) => gate.pass(key, () => redis.getBuffer(key))));
  }
  const pipeline = redis.pipeline();
  for (const key of keys) pipeline.getBuffer(key);
  const replies = (await pipeline.exec()) ?? [];
  return replies.map(([error, value]) => {
    if (error) throw error;
    return value as Buffer | null;
  });
}
