import { answersOf, type RedisClient } from '../client.js';
import type { Keys } from '../keys.js';

/** Which samples this ES makes, and which are complete. */
export interface Sampling {
  /** How many users a sample has at most, while all of them are in it; 0 if no samples are made. */
  readonly size: number;
  /** The first UTC day whose samples have all memberships; Infinity if that is not known. */
  readonly firstDay: number;
  /** Finds out both, at most once a minute. @throws the error of Redis */
  renew(today: number): Promise<void>;
  /** Resolves once it was tried. */
  known(today: number): Promise<void>;
}

export interface SamplingOptions {
  redis: RedisClient;
  keys: Pick<Keys, 'sampling'>;
  windowDays: number;
  /** The size that is wanted. */
  size: number;
  /** Counts the segments in Redis. */
  countKnown: () => Promise<number>;
  /** Called with each new size that is less than the one that is wanted. */
  onReduced?: (size: number) => void;
}

const RENEW_MS = 60_000;

/** How many entries beyond `size` a set may get before the store script looks how many it has. */
export const SPARE_ENTRIES = 16;

/** Each change of a sample moves half of its bytes. */
export const MAX_SAMPLE_SIZE = 16_384;

/** The default of `set-max-intset-entries`. */
const USUAL_ENTRIES = 512;

/** What is the case if nobody samples. */
export const NO_SAMPLING: Sampling = {
  size: 0,
  firstDay: Number.POSITIVE_INFINITY,
  renew: async () => {},
  known: async () => {},
};

/**
 * ES of former versions add to no sample. So samples are complete for days after the one on which the first ES of this
 * version came, and for all days if Redis was empty then. That day is in Redis.
 */
export function createSampling(options: SamplingOptions): Sampling {
  const { redis, keys, windowDays, size: wanted, countKnown, onReduced = () => {} } = options;
  if (wanted === 0) return NO_SAMPLING;
  const keptSeconds = (windowDays + 1) * 24 * 3_600;
  let size = Math.min(wanted, USUAL_ENTRIES - SPARE_ENTRIES);
  let reported = wanted;
  /** The last day whose samples may miss something. */
  let since: number | undefined;
  let renewedAt = Number.NEGATIVE_INFINITY;
  let tried: Promise<void> | undefined;

  const announce = async (today: number): Promise<number> => {
    // If Redis has lost it, this ES still knows; where nothing is stored, no sample misses anything.
    const day = since ?? ((await countKnown()) === 0 ? 0 : today);
    const set = await redis.set(keys.sampling, day, 'EX', keptSeconds, 'NX');
    return set === null ? Number(await redis.get(keys.sampling)) : day;
  };
  const renew = async (today: number) => {
    if (performance.now() - renewedAt < RENEW_MS) return;
    size = Math.min(wanted, (await mostEntries(redis)) - SPARE_ENTRIES);
    if (size < reported) onReduced(size);
    reported = size;
    const found = await redis.get(keys.sampling);
    since = found === null ? await announce(today) : Number(found);
    if (found !== null) await redis.expire(keys.sampling, keptSeconds);
    renewedAt = performance.now();
  };
  return {
    get size() {
      return size;
    },
    get firstDay() {
      return since === undefined ? Number.POSITIVE_INFINITY : since + 1;
    },
    renew,
    known(today) {
      tried ??= renew(today).catch(() => {});
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
