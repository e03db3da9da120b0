import { type Count, settleCounts } from '../../../domain/count.js';
import type { Failure } from '../../../domain/failure.js';
import { windowOf } from '../../../domain/utc-day.js';
import { COUNTED_TOGETHER } from '../../../limits/in-flight.js';
import type { RedisClient } from '../client.js';
import { isReply, redisFailure } from '../failures.js';
import type { Keys } from '../keys.js';
import type { Scripts } from '../scripts/scripts.js';
import type { Gate } from '../silent-primaries.js';
import { pfcountEach } from './each.js';
import { createSlices } from './slices.js';

export interface CountsOptions {
  redis: RedisClient;
  keys: Keys;
  scripts: Scripts;
  gate: Gate;
  windowDays: number;
  /** Called when a window counted 0 or is damaged, and is merged anew if it has any bucket. */
  onMerge?: () => void;
}

/**
 * Counts segments in Redis. If a segment cannot be counted, because its bucket is not a HyperLogLog, it gets the reason
 * instead of a count.
 *
 * @throws Failure `unavailable` if this is the reason for all segments
 */
export interface Counts {
  /** The counts of the window that ends today. If a window was not merged today yet, it is merged. */
  ofWindows(segments: readonly string[], today: number): Promise<Count[]>;
  /** The counts over the given days, read from their buckets; 0 for no days. */
  ofDays(segments: readonly string[], days: readonly number[]): Promise<Count[]>;
  /** The counts of the windows that were merged today; 0 for the others. */
  ofMerged(segments: readonly string[], today: number): Promise<Count[]>;
  /**
   * Merges the window that ends today, unless it is merged already, and counts it. If Redis refuses to write, the buckets
   * are counted instead.
   *
   * @throws Failure `unavailable` or `internal`
   */
  merge(segment: string, today: number): Promise<number>;
}

export function createCounts({
  redis,
  keys,
  scripts,
  gate,
  windowDays,
  onMerge,
}: CountsOptions): Counts {
  const slices = createSlices();
  const countEach = async (lists: string[][]): Promise<Count[]> => {
    const counted = await pfcountEach(redis, gate, lists);
    return counted.map((count) => (typeof count === 'number' ? count : redisFailure(count)));
  };
  const countWindows = async (segments: readonly string[], today: number) => {
    const windows = segments.map((segment) => [keys.prefix(segment) + keys.window(today)]);
    const counted = [];
    for (let from = 0; from < windows.length; from += COUNTED_TOGETHER) {
      counted.push(...(await countEach(windows.slice(from, from + COUNTED_TOGETHER))));
    }
    return counted;
  };
  const bucketsOf = (segment: string, days: readonly number[]) =>
    days.map((day) => keys.prefix(segment) + keys.bucket(day));

  const counts: Counts = {
    // A window that counts 0 may not have been merged yet; one that is not a HyperLogLog is merged again.
    async ofWindows(segments, today) {
      const merged = await countWindows(segments, today);
      const mustMerge = (count: Count) => count === 0 || isDamaged(count);
      const cold = [...merged.keys()].filter((index) => mustMerge(merged[index] as Count));
      const mergeOne = (index: number) => {
        onMerge?.();
        return counts.merge(segments[index] as string, today).catch(redisFailure);
      };
      const mergedNow = await slices.each(cold, windowDays, (some) =>
        Promise.all(some.map(mergeOne)),
      );
      for (const [position, index] of cold.entries()) {
        merged[index] = mergedNow[position] as Count;
      }
      return settleCounts(merged);
    },

    async ofMerged(segments, today) {
      const merged = await countWindows(segments, today);
      return settleCounts(merged.map((count) => (isDamaged(count) ? 0 : count)));
    },

    async ofDays(segments, days) {
      if (days.length === 0) return segments.map(() => 0);
      const lists = segments.map((segment) => bucketsOf(segment, days));
      return settleCounts(await slices.each(lists, days.length, countEach));
    },

    merge(segment, today) {
      const prefix = keys.prefix(segment);
      const days = windowOf(today, windowDays);
      const input = {
        window: prefix + keys.window(today),
        buckets: bucketsOf(segment, days),
        expiry: keys.windowExpiry(today),
      };
      return gate
        .pass(prefix, () => scripts.merge(input))
        .catch(async (error) => {
          // Redis may refuse writes and still answer reads.
          if (!isReply(error)) throw redisFailure(error);
          const [count] = await countEach([bucketsOf(segment, days)]);
          if (typeof count !== 'number') throw count;
          return count;
        });
    },
  };
  return counts;
}

/** Whether the key to be counted is not a HyperLogLog. */
function isDamaged(count: Count): count is Failure {
  return typeof count !== 'number' && count.kind === 'internal';
}
