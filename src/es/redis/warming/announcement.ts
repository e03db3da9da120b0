import type { RedisClient } from '../client.js';
import type { Keys } from '../keys.js';

/** How long an announcement holds without any ES that renews it: shorter than a deployment of another version. */
const KEPT_SECONDS = 600;
const RENEW_MS = 60_000;

/**
 * Tells other ES that this one adds to the windows of the next day all through the last hour of a day. ES of former versions
 * add to them only in the last minutes, and announce nothing.
 */
export interface Announcement {
  /**
   * Announces it, at most once a minute.
   *
   * @throws the error of Redis
   */
  renew(today: number): Promise<void>;
  /** Whether it was announced on a former UTC day, so that former versions had the time to be replaced. */
  isOld(today: number): boolean;
}

export function createAnnouncement(redis: RedisClient, keys: Keys): Announcement {
  const { announced } = keys;
  /** The day before the first on which all add to them. */
  let since: number | undefined;
  let renewedAt = Number.NEGATIVE_INFINITY;

  const announce = async (today: number): Promise<number> => {
    // Where nothing was stored, no former version has to be replaced. A Cluster has too many registries to look.
    const [registry = '', ...others] = keys.registries();
    const isEmpty = others.length === 0 && (await redis.zcard(registry)) === 0;
    const day = isEmpty ? today - 1 : today;
    const set = await redis.set(announced, day, 'EX', KEPT_SECONDS, 'NX');
    return set === null ? Number(await redis.get(announced)) : day;
  };

  return {
    async renew(today) {
      if (performance.now() - renewedAt < RENEW_MS) return;
      const found = await redis.get(announced);
      since = found === null ? await announce(today) : Number(found);
      if (found !== null) await redis.expire(announced, KEPT_SECONDS);
      renewedAt = performance.now();
    },
    isOld: (today) => since !== undefined && since < today,
  };
}
