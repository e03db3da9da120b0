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

/** @param countKnown counts the segments in Redis */
export function createAnnouncement(
  redis: RedisClient,
  { announced }: Pick<Keys, 'announced'>,
  countKnown: () => Promise<number>,
): Announcement {
  /** The UTC day from whose end on all ES add to them. */
  let since: number | undefined;
  let renewedAt = Number.NEGATIVE_INFINITY;

  const announce = async (today: number): Promise<number> => {
    // Where nothing is stored, there is no former version to be replaced.
    const day = (await countKnown()) === 0 ? today - 1 : today;
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
