import { lockDirectory } from '../../scripts/lock.mjs';
import { holdData } from '../../src/local/held-data.js';
import { type PrivateRedis, startPrivateRedis } from '../../src/local/private-redis.js';

/** The programs of Redis, wherever PATH has them. */
export const REDIS_PROGRAMS = { server: 'redis-server', checker: 'redis-check-aof' };

/** Locks a directory for data, and starts a private Redis on it. */
export async function startHeldRedis(
  directory: string,
  leftOverMs?: number,
): Promise<PrivateRedis> {
  const data = await holdData(lockDirectory, directory, leftOverMs);
  try {
    const redis = await startPrivateRedis(REDIS_PROGRAMS, data);
    return {
      async close(limit) {
        await redis.close(limit);
        data.release();
      },
    };
  } catch (error) {
    data.release();
    throw error;
  }
}
