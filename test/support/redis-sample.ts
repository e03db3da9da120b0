import type { RedisClient } from '../../src/es/redis/client.js';
import { sampleOf } from '../../src/es/redis/samples/elements.js';
import { codeOfHash, isExact, NO_SAMPLE, type Sample } from '../../src/es/sketch/sample.js';
import { hashUser } from '../../src/es/sketch/user-hash.js';

/** The sample at a key of Redis; the one that knows nothing if there is none, or an empty text in its place. */
export async function readSample(redis: RedisClient, key: string): Promise<Sample> {
  if ((await redis.type(key)) !== 'set') return NO_SAMPLE;
  return sampleOf(Float64Array.from(await redis.smembers(key), Number).sort());
}

/** Whether a sample lacks a user that its limit says it would have. */
export function createLacks(sample: Sample): (userId: string) => boolean {
  const { limit, hashes } = sample;
  const present = new Set<number>(isExact(sample) ? hashes : sample.codes);
  return (userId) => {
    const hash = hashUser(userId);
    if (isExact(sample)) return !present.has(hash);
    const code = codeOfHash(hash);
    return code < limit && !present.has(code);
  };
}
