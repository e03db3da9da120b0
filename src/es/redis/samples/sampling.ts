import { MAX_AHEAD_MS } from '../../../domain/membership.js';
import { utcDay } from '../../../domain/utc-day.js';
import { answersOf, type RedisClient } from '../client.js';
import type { Keys } from '../keys.js';

/** Which samples this ES makes, and which are complete. */
export interface Sampling {
  /** How many users a sample has at most, while all of them are in it; 0 if no samples are made. */
  readonly size: number;
  /** The first UTC day whose samples have all memberships; Infinity if that is not known. */
  readonly firstDay: number;
  /** Whether there may be samples while this ES makes none: others make them, or it has made them before. */
  readonly othersSample: boolean;
  /** Finds all of it out, at most once a minute. @throws the error of Redis */
  renew(): Promise<void>;
  /** Resolves once it was tried. */
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
 * ES of former versions add to no sample, and those that make none may not know for a minute that others do. So samples are
 * complete for days after the one on which the first ES came that makes them, and for all days if Redis was empty then and
 * there was no other ES. That day is in Redis.
 */
export function createSampling(options: SamplingOptions): Sampling {
  const { redis, keys, windowDays, size: wanted, now, countKnown, onReduced = () => {} } = options;
  const keptSeconds = (windowDays + 1) * 24 * 3_600;
  let size = Math.min(wanted, USUAL_ENTRIES - SPARE_ENTRIES);
  let othersSample = wanted > 0;
  let reported = wanted;
  /** The last day whose samples may miss something. */
  let since: number | undefined;
  let renewedAt = Number.NEGATIVE_INFINITY;
  let tried: Promise<void> | undefined;

  const firstAnnouncement = async () => {
    const isAlone = (await redis.exists(keys.announced)) === 0 && (await countKnown()) === 0;
    return isAlone ? 0 : utcDay(now() + MAX_AHEAD_MS);
  };
  const announce = async (): Promise<number> => {
    // If Redis has lost it, this ES still knows.
    const day = since ?? (await firstAnnouncement());
    const set = await redis.set(keys.sampling, day, 'EX', keptSeconds, 'NX');
    return set === null ? Number(await redis.get(keys.sampling)) : day;
  };
  const renew = async () => {
    if (Math.abs(now() - renewedAt) < RENEW_MS) return;
    const found = await redis.get(keys.sampling);
    if (wanted === 0) {
      othersSample = found !== null;
      renewedAt = now();
      return;
    }
    const allowed = (await mostEntries(redis)) - SPARE_ENTRIES;
    size = allowed < LEAST_SIZE ? 0 : Math.min(wanted, allowed);
    if (size < reported) onReduced(size);
    reported = size;
    since = found === null ? await announce() : Number(found);
    if (found !== null) await redis.expire(keys.sampling, keptSeconds);
    renewedAt = now();
  };
  return {
    get size() {
      return size;
    },
    get firstDay() {
      return since === undefined ? Number.POSITIVE_INFINITY : since + 1;
    },
    get othersSample() {
      return othersSample;
    },
    renew,
    known() {
      tried ??= renew().catch(() => {});
      return tried;
    },
  };
}

/** The least `set-max-intset-entries` of all primaries. A larger set of numbers takes 15 times as much memory. */
async function mostEntries(redis: RedisClient): Promise<number> {
  const found = await answersOf(redis, async (primary) => {
    const reply = (await primary
      .config('GET', 'set-max-intset-entries')
      .catch(() => undefined)) as unknown;
    return Array.isArray(reply) ? Number(reply[1]) : USUAL_ENTRIES;
  });
  return Math.min(...found, Number.MAX_SAFE_INTEGER);
}
