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
