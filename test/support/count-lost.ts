import { utcDay } from '../../src/domain/utc-day.js';
import { createRedis, type RedisConfig } from '../../src/es/redis/connection/connect.js';
import { createKeys } from '../../src/es/redis/keys.js';

const WINDOW_DAYS = 14;

/** A membership that was acknowledged. */
export interface Acknowledged {
  segment: string;
  userId: string;
  /** The moment it counts for, in milliseconds. */
  time: number;
}

/**
 * How many acknowledged memberships are missing: those that change a register when they are added again,
 * to their bucket or to the running window of today.
 */
export async function countLost(
  config: RedisConfig,
  acknowledged: readonly Acknowledged[],
): Promise<{ bucket: number; window: number }> {
  const redis = createRedis({ ...config, timeoutMs: 30_000 });
  await redis.connect();
  const keys = createKeys(WINDOW_DAYS, redis.isCluster);
  const lost = { bucket: 0, window: 0 };
  const today = utcDay(Date.now());
  for (let at = 0; at < acknowledged.length; at += 1_000) {
    await Promise.all(
      acknowledged.slice(at, at + 1_000).map(async ({ segment, userId, time }) => {
        const prefix = keys.prefix(segment);
        const window = prefix + keys.window(today);
        lost.bucket += await redis.pfadd(prefix + keys.bucket(utcDay(time)), userId);
        if ((await redis.exists(window)) === 1) lost.window += await redis.pfadd(window, userId);
      }),
    );
  }
  redis.disconnect();
  return lost;
}
