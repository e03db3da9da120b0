import { MAX_AHEAD_MS } from '../../../domain/membership.js';
import { utcDay } from '../../../domain/utc-day.js';
import { answersOf, type RedisClient } from '../client.js';
import { isReply } from '../failures.js';
import type { Keys } from '../keys.js';

/** Which samples this ES makes, and which are complete. */
export interface Sampling {
  /** How many users a sample has at most, while all of them are in it; 0 if no samples are made. */
  readonly size: number;
  /** The first UTC day whose samples have all memberships; Infinity if that is not known. */
  readonly firstDay: number;
  /** Finds all of it out, at most once a minute. @throws the error of Redis */
  renew(): Promise<void>;
  /** Resolves once it is known. @throws the error of Redis; the next call tries again */
  known(): Promise<void>;
}

export interface SamplingOptions {
  redis: RedisClient;
  keys: Pick<Keys, 'sampling' | 'announced'>;
  windowDays: number;
  /** The size that is wanted. */
  size: number;
  /** Counts the segments in Redis. */
  countKnown: () => Promise<number>;
  /** The clock, in milliseconds. */
  now: () => number;
  /** Called with each new size that is less than the one that is wanted. */
  onReduced?: (size: number) => void;
}

const RENEW_MS = 60_000;

/** How many entries beyond `size` a set may get before the store script looks how many it has. */
export const SPARE_ENTRIES = 16;

/** Smaller samples tell nothing that is worth their key. */
export const LEAST_SIZE = 16;

/** Each change of a sample moves half of its bytes. */
export const MAX_SAMPLE_SIZE = 16_384;

/** The default of `set-max-intset-entries`. */
const USUAL_ENTRIES = 512;

/**
 * ES of former versions add to no sample. So samples are complete for days after the one on which the first ES came that makes
 * them, and for all days if Redis was empty then and there was no other ES. That day is in Redis.
 */
export function createSampling(options: SamplingOptions): Sampling {
  const { redis, keys, windowDays, size: wanted, now, countKnown, onReduced = () => {} } = options;
  const keptSeconds = (windowDays + 1) * 24 * 3_600;
  let size = Math.min(wanted, USUAL_ENTRIES - SPARE_ENTRIES);
  let reported = wanted;
  /** The last day whose samples may miss something. */
  let since: number | undefined;
  let renewedAt = Number.NEGATIVE_INFINITY;
  let found: Promise<void> | undefined;

  const firstAnnouncement = async () => {
    const isAlone = (await redis.exists(keys.announced)) === 0 && (await countKnown()) === 0;
    return isAlone ? 0 : utcDay(now() + MAX_AHEAD_MS);
  };
  const announce = async (): Promise<number> => {
    // If Redis has lost it, this ES still knows.
    const day = since ?? (await firstAnnouncement());
    const set = await redis.set(keys.sampling, day, 'EX', keptSeconds, 'NX');
    if (set !== null) return day;
    const other = await redis.get(keys.sampling);
    if (other === null) throw new Error('it is not known since when samples are complete');
    return Number(other);
  };
  const renew = async () => {
    if (wanted === 0 || Math.abs(now() - renewedAt) < RENEW_MS) return;
    const day = await redis.get(keys.sampling);
    const allowed = (await mostEntries(redis)) - SPARE_ENTRIES;
    size = allowed < LEAST_SIZE ? 0 : Math.min(wanted, allowed);
    if (size < reported) onReduced(size);
    reported = size;
    since = day === null ? await announce() : Number(day);
    if (day !== null) await redis.expire(keys.sampling, keptSeconds);
    renewedAt = now();
  };
  return {
    get size() {
      return size;
    },
    get firstDay() {
      return since === undefined ? Number.POSITIVE_INFINITY : since + 1;
    },
    renew,
    known() {
      found ??= renew().catch((error) => {
        found = undefined;
        throw error;
      });
      return found;
    },
  };
}

/** The least `set-max-intset-entries` of all primaries. A larger set of numbers takes 15 times as much memory. */
async function mostEntries(redis: RedisClient): Promise<number> {
  const found = await answersOf(redis, async (primary) => {
    const reply = (await primary.config('GET', 'set-max-intset-entries').catch((error) => {
      // A managed Redis may refuse to show its settings.
      if (!isReply(error)) throw error;
    })) as unknown;
    return Array.isArray(reply) ? Number(reply[1]) : USUAL_ENTRIES;
  });
  return Math.min(...found, Number.MAX_SAFE_INTEGER);
}
