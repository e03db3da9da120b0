import { utcDay } from '../../src/domain/utc-day.js';
import type { RedisClient } from '../../src/es/redis/client.js';
import { createRedis, type RedisConfig } from '../../src/es/redis/connection/connect.js';
import { createKeys } from '../../src/es/redis/keys.js';
import { createLacks, readSample } from './redis-sample.js';

const WINDOW_DAYS = 14;

/** A membership that was acknowledged. */
export interface Acknowledged {
  segment: string;
  userId: string;
  /** The moment it counts for, in milliseconds. */
  time: number;
}

/** How many acknowledged memberships are missing. */
export interface Lost {
  /** Those that change a register of their bucket when they are added again. */
  bucket: number;
  /** Those that change a register of the running window of today, where there is one. */
  window: number;
  /** Those that a sample of either lacks, though its limit says that it has them. */
  sample: number;
  /** Buckets of them that have no sample, as if Redis had held something before ES made samples. */
  unsampled: number;
}

export const NOTHING_LOST: Lost = { bucket: 0, window: 0, sample: 0, unsampled: 0 };

export async function countLost(
  config: RedisConfig,
  acknowledged: readonly Acknowledged[],
): Promise<Lost> {
  const redis = createRedis({ ...config, timeoutMs: 30_000 });
  await redis.connect();
  const lost = { ...NOTHING_LOST };
  const keys = createKeys(WINDOW_DAYS, redis.isCluster);
  const windowName = keys.window(utcDay(Date.now()));
  const isLacked = createLookup(redis);
  const buckets = new Set<string>();
  for (let at = 0; at < acknowledged.length; at += 1_000) {
    await Promise.all(
      acknowledged.slice(at, at + 1_000).map(async ({ segment, userId, time }) => {
        const prefix = keys.prefix(segment);
        const bucket = prefix + keys.bucket(utcDay(time));
        const window = prefix + windowName;
        buckets.add(bucket);
        for (const key of [bucket, window]) {
          if (await isLacked(keys.sample(key), userId)) lost.sample += 1;
        }
        lost.bucket += await redis.pfadd(bucket, userId);
        if ((await redis.exists(window)) === 1) lost.window += await redis.pfadd(window, userId);
      }),
    );
  }
  for (const bucket of buckets) {
    if ((await redis.type(keys.sample(bucket))) !== 'set') lost.unsampled += 1;
  }
  redis.disconnect();
  return lost;
}

/** Tells whether a sample lacks a user; each is read once. */
function createLookup(redis: RedisClient) {
  const samples = new Map<string, Promise<(userId: string) => boolean>>();
  return async (key: string, userId: string): Promise<boolean> => {
    const read = samples.get(key) ?? readSample(redis, key).then(createLacks);
    samples.set(key, read);
    return (await read)(userId);
  };
}
