import type { Caller } from '../auth/caller.js';
import type { Count } from '../domain/count.js';
import { Failure } from '../domain/failure.js';
import { getOrCreate } from '../domain/get-or-create.js';
import { MAX_COUNTS, MAX_WINDOW_DAYS } from '../domain/membership.js';
import { createFairQueue, createSinglesQueue } from '../limits/fair-queue.js';
import {
  BATCHES_IN_FLIGHT,
  BUCKETS_TOGETHER,
  COUNTED_TOGETHER,
  GROUPS_BEGUN,
  LONG_CALLS_IN_FLIGHT,
  MAX_WAITING_COUNTS,
} from '../limits/in-flight.js';
import { NO_TRACING, type Tracing } from '../telemetry/tracing/tracing.js';
import { createGroupCommit, type GroupCommit } from './group-commit.js';

/**
 * Counts segments without duplicates.
 *
 * @param days how many UTC days, today included. @default the whole window
 * @returns for each segment its count, or why it cannot be counted
 */
export type CountAll = (
  segments: readonly string[],
  days?: number,
) => Promise<ReadonlyMap<string, Count>>;

/** Counts segments; each client has its fair share. */
export interface Counting {
  /**
   * Counts a segment together with others that are counted now.
   *
   * @throws Failure `unavailable` if too many wait, or why the segment cannot be counted
   */
  count(segment: string, days?: number, caller?: Caller): Promise<number>;
  /**
   * Counts segments as a separate batch, in several calls if there are many.
   *
   * @returns for each segment its count, or why it cannot be counted
   * @throws Failure `unavailable` if too many wait
   */
  countBatch(
    segments: readonly string[],
    days?: number,
    caller?: Caller,
  ): Promise<ReadonlyMap<string, Count>>;
}

export interface CountingOptions {
  /** Maximum of single counts that are not answered yet; more are refused. */
  maxQueued: number;
  /** Maximum of them in one group. */
  maxBatch: number;
  /** The name of a client; callers of one name share one line. */
  nameOf: (caller: Caller) => string;
  /** Makes a span for each group. @default no span */
  tracing?: Tracing;
}

export function createCounting(
  countAll: CountAll,
  { maxQueued, maxBatch, nameOf, tracing = NO_TRACING }: CountingOptions,
): Counting {
  const maxGroup = Math.min(maxBatch, MAX_COUNTS);
  const windowQueue = createSinglesQueue({ maxQueued, atOnce: GROUPS_BEGUN * maxGroup, nameOf });
  const daysQueue = createSinglesQueue({ maxQueued, atOnce: COUNTED_TOGETHER, nameOf });
  const batchQueue = createFairQueue({
    ...MAX_WAITING_COUNTS,
    atOnce: LONG_CALLS_IN_FLIGHT,
    nameOf,
  });

  // Counts over different days never share a call: if the days are invalid, only those who asked for them fail.
  const groups = new Map<number | undefined, GroupCommit<string, ReadonlyMap<string, Count>>>();
  const groupCommitOver = (days: number | undefined) =>
    getOrCreate(groups, days, () =>
      createGroupCommit({
        maxBatch: days === undefined ? maxGroup : Math.min(maxGroup, maxSegmentsOver(days)),
        maxInFlight: days === undefined ? BATCHES_IN_FLIGHT : LONG_CALLS_IN_FLIGHT,
        tracing,
        name: 'count group',
        send: (segments: string[]) => countAll([...new Set(segments)], days),
      }),
    );

  return {
    async count(segment, days, caller) {
      const queue = days === undefined ? windowQueue : daysQueue;
      const counts = await queue.run(caller, () =>
        isCountable(days) ? groupCommitOver(days).commit(segment) : countAll([segment], days),
      );
      const count = counts.get(segment) ?? 0;
      if (count instanceof Failure) throw count;
      return count;
    },
    async countBatch(segments, days, caller) {
      const names = [...new Set(segments)];
      const chunk = maxSegmentsOver(days);
      const counted = new Map<string, Count>();
      for (let from = 0; from < names.length; from += chunk) {
        const some = names.slice(from, from + chunk);
        const counts = await batchQueue.run(caller, () => countAll(some, days));
        for (const [segment, count] of counts) counted.set(segment, count);
      }
      return counted;
    },
  };
}

/** Maximum of segments that one call counts over the given days, or over the window. */
function maxSegmentsOver(days: number | undefined): number {
  if (days === undefined || !isCountable(days)) return COUNTED_TOGETHER;
  return Math.min(COUNTED_TOGETHER, Math.max(1, Math.floor(BUCKETS_TOGETHER / days)));
}

/** Whether days may be valid; only the backend knows how long the window is. */
function isCountable(days: number | undefined): boolean {
  return days === undefined || (days >= 1 && days <= MAX_WINDOW_DAYS);
}
