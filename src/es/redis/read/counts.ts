import { type Counted, type SegmentCount, settleCounts } from '../../../domain/count.js';
import { Failure } from '../../../domain/failure.js';
import { windowOf } from '../../../domain/utc-day.js';
import { COUNTED_TOGETHER } from '../../../limits/in-flight.js';
import type { RedisClient } from '../client.js';
import { isReply, redisFailure } from '../failures.js';
import type { Keys } from '../keys.js';
import { mostCounted } from '../samples/plausible.js';
import type { Sampling } from '../samples/sampling.js';
import type { Scripts } from '../scripts/scripts.js';
import type { Gate } from '../silent-primaries.js';
import { createCountUsers, type Days } from './count-users.js';
import { askEach } from './each.js';
import { mergeInputOf } from './merge-input.js';
import { createSlices } from './slices.js';

export interface CountsOptions {
  redis: RedisClient;
  keys: Keys;
  scripts: Scripts;
  gate: Gate;
  windowDays: number;
  sampling: Sampling;
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
  ofWindows(segments: readonly string[], today: number): Promise<SegmentCount[]>;
  /**
   * The counts over the given days, read from their buckets; 0 for no days.
   *
   * @param exactly whether those of few users are read from samples, which takes Redis longer
   * @default true
   */
  ofDays(
    segments: readonly string[],
    days: readonly number[],
    exactly?: boolean,
  ): Promise<SegmentCount[]>;
  /** The counts of the windows that were merged today; 0 for the others. */
  ofMerged(segments: readonly string[], today: number): Promise<SegmentCount[]>;
  /**
   * Merges the window that ends today, unless it is merged already, and counts it. If Redis refuses to write, the buckets
   * are counted instead.
   *
   * @throws Failure `unavailable` or `internal`
   */
  merge(segment: string, today: number): Promise<Counted>;
}

/**
 * @param counted by PFCOUNT
 * @param most up to how many are exact, so that no part of a window seems larger than the whole
 * @param users in the sample; anything else than a number from 0 on if there is no sample of all users
 */
function countOf(counted: number | Error, users?: unknown, most = 0): SegmentCount {
  if (counted instanceof Error) return redisFailure(counted);
  // A sample with clearly fewer users misses something: an ES of a former version has stored meanwhile. One of a window that
  // is gone says nothing.
  const isExact =
    typeof users === 'number' &&
    users <= most &&
    users > 0 === counted > 0 &&
    counted <= mostCounted(users);
  return isExact ? { users, exact: true } : { users: counted, exact: false };
}

export function createCounts(options: CountsOptions): Counts {
  const { redis, keys, scripts, gate, windowDays, sampling, onMerge } = options;
  const slices = createSlices();
  const countUsers = createCountUsers(options);
  const bucketsOf = (segment: string, days: readonly number[]) =>
    days.map((day) => keys.prefix(segment) + keys.bucket(day));
  const countDays = async (asked: readonly Days[]): Promise<SegmentCount[]> => {
    const lists = asked.map(({ segment, days }) => bucketsOf(segment, days) as [string]);
    const counted = await askEach<number>(
      redis,
      gate,
      lists.map((list) => ['pfcount', ...list] as const),
    );
    return counted.map((count) => countOf(count));
  };
  const mayBeExact = (count: SegmentCount) =>
    !(count instanceof Failure) && sampling.size > 0 && count.users <= mostCounted(sampling.size);

  /** @returns the counts of windows; undefined for one that must be merged */
  const countWindows = async (segments: readonly string[], today: number) => {
    const windows = segments.map((segment) => keys.prefix(segment) + keys.window(today));
    const isSampled = sampling.size > 0 && today >= sampling.firstDay;
    const counted: { count: SegmentCount; isTried: boolean }[] = [];
    for (let from = 0; from < windows.length; from += COUNTED_TOGETHER) {
      const some = windows.slice(from, from + COUNTED_TOGETHER);
      const samples = isSampled ? some.map((key) => ['scard', keys.sample(key)] as const) : [];
      const replies = await askEach<number>(redis, gate, [
        ...some.map((key) => ['pfcount', key] as const),
        ...samples,
      ]);
      for (const index of some.keys()) {
        const users = replies[some.length + index];
        const count = countOf(replies[index] as number | Error, users, sampling.size);
        counted.push({ count, isTried: users !== 0 });
      }
    }
    return counted;
  };

  const counts: Counts = {
    // A window that counts 0 may not have been merged yet; one that is not a HyperLogLog is merged again.
    async ofWindows(segments, today) {
      await sampling.known().catch(() => {});
      const counted = await countWindows(segments, today);
      const merged = counted.map(({ count }) => count);
      const isCold = (count: SegmentCount) =>
        count instanceof Failure ? count.kind === 'internal' : count.users === 0;
      const cold = [...merged.keys()].filter((index) => {
        const { count, isTried } = counted[index] as (typeof counted)[0];
        return isCold(count) || (!isTried && mayBeExact(count));
      });
      const mergeOne = (index: number) => {
        if (isCold(merged[index] as SegmentCount)) onMerge?.();
        return counts.merge(segments[index] as string, today).catch(redisFailure);
      };
      const mergedNow = await slices.each(cold, windowDays, (some) =>
        Promise.all(some.map(mergeOne)),
      );
      for (const [position, index] of cold.entries()) {
        merged[index] = mergedNow[position] as SegmentCount;
      }
      return settleCounts(merged);
    },

    async ofMerged(segments, today) {
      await sampling.known().catch(() => {});
      const merged = await countWindows(segments, today);
      const none = { users: 0, exact: false };
      return settleCounts(
        merged.map(({ count }) =>
          count instanceof Failure && count.kind === 'internal' ? none : count,
        ),
      );
    },

    async ofDays(segments, days, exactly = true) {
      await sampling.known().catch(() => {});
      if (days.length === 0) return segments.map(() => ({ users: 0, exact: true }));
      const asked = segments.map((segment) => ({ segment, days }));
      const counted = await slices.each(asked, days.length, countDays);
      if (!exactly) return settleCounts(counted);
      const small = [...counted.keys()].filter((index) =>
        mayBeExact(counted[index] as SegmentCount),
      );
      const users = await slices.each(
        small.map((index) => asked[index] as Days),
        2 * days.length,
        countUsers,
      );
      for (const [position, index] of small.entries()) {
        const { users: estimate } = counted[index] as { users: number };
        counted[index] = countOf(estimate, users[position], sampling.size);
      }
      return settleCounts(counted);
    },

    merge(segment, today) {
      const input = mergeInputOf(options, segment, today);
      return gate
        .pass(input.window, () => scripts.merge(input))
        .then(([count, users]) => countOf(count, users, sampling.size) as Counted)
        .catch(async (error) => {
          // Redis may refuse writes and still answer reads.
          if (!isReply(error)) throw redisFailure(error);
          const [count] = await countDays([{ segment, days: windowOf(today, windowDays) }]);
          if (count instanceof Failure) throw count;
          return count as Counted;
        });
    },
  };
  return counts;
}
