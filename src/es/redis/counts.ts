import { windowOf } from '../../shared/utc-day.js';
import type { RedisClient } from './connection.js';
import { isFull, redisFailure } from './health.js';
import type { Keys } from './keys.js';
import { pfcountEach } from './pfcount.js';
import type { Scripts } from './scripts.js';

export interface CountsOptions {
  redis: RedisClient;
  keys: Keys;
  scripts: Scripts;
  windowDays: number;
  /** Told when a window is merged that may not have been today. */
  onMerge?: () => void;
}

/** Counts in Redis, one for each of some segments. Throws Failure `unavailable` or `internal`. */
export interface Counts {
  /** Of the window that ends today. Merges each that nobody has merged today. */
  ofWindows(segments: readonly string[], today: number): Promise<number[]>;
  /** Of some days, by their buckets; 0 of no days. */
  ofDays(segments: readonly string[], days: readonly number[]): Promise<number[]>;
  /** Of the windows that have been merged today; 0 of any other. */
  ofMerged(segments: readonly string[], today: number): Promise<number[]>;
  /** Merges the window that ends today, unless that has been done or Redis has no memory for it, and counts it. */
  merge(segment: string, today: number): Promise<number>;
}

export function createCounts({ redis, keys, scripts, windowDays, onMerge }: CountsOptions): Counts {
  const counts: Counts = {
    // A window that counts 0 may be one that nobody has merged today.
    async ofWindows(segments, today) {
      const merged = await counts.ofMerged(segments, today);
      const mergeOne = async (index: number) => {
        merged[index] = await counts.merge(segments[index] as string, today);
      };
      await Promise.all(merged.flatMap((count, index) => (count === 0 ? [mergeOne(index)] : [])));
      return merged;
    },

    ofMerged(segments, today) {
      const window = keys.window(today);
      return pfcountEach(
        redis,
        segments.map((segment) => [keys.prefix(segment) + window]),
      ).catch(fail);
    },

    async ofDays(segments, days) {
      if (days.length === 0) return segments.map(() => 0);
      const buckets = days.map(keys.bucket);
      return pfcountEach(
        redis,
        segments.map((segment) => buckets.map((bucket) => keys.prefix(segment) + bucket)),
      ).catch(fail);
    },

    merge(segment, today) {
      onMerge?.();
      const prefix = keys.prefix(segment);
      const days = windowOf(today, windowDays);
      const names = [keys.window(today), ...days.map(keys.bucket)];
      return scripts
        .merge(
          names.map((name) => prefix + name),
          [keys.windowExpiry(today)],
        )
        .catch(async (error) => {
          if (!isFull(error)) return fail(error);
          const [count] = await counts.ofDays([segment], days);
          return count as number;
        });
    },
  };
  return counts;
}

function fail(error: unknown): never {
  throw redisFailure(error);
}
