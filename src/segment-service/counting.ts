import type { Caller } from '../auth/caller.js';
import type { Count } from '../domain/count.js';
import { Failure } from '../domain/failure.js';
import { MAX_COUNTS, MAX_WINDOW_DAYS } from '../domain/membership.js';
import { createFairQueue, createSinglesQueue } from '../limits/fair-queue.js';
import {
  BATCHES_IN_FLIGHT,
  BUCKETS_TOGETHER,
  COUNTED_TOGETHER,
  LONG_CALLS_IN_FLIGHT,
  MAX_WAITING_COUNTS,
  SINGLES_BEGUN,
} from '../limits/in-flight.js';
import { NO_TRACING, type Tracing } from '../telemetry/tracing/tracing.js';
import { createGroupCommit, type GroupCommit } from './group-commit.js';

/**
 * Counts segments, each named once.
 *
 * @param days how many UTC days, today included. @default the whole window
 * @returns of each segment its count, or why it cannot be counted
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
   * @throws Failure `unavailable` when too many wait, or why the segment cannot be counted
   */
  count(segment: string, days?: number, caller?: Caller): Promise<number>;
  /**
   * Counts segments as a batch of their own, some at a time.
   *
   * @returns of each segment its count, or why it cannot be counted
   * @throws Failure `unavailable` when too many wait
   */
  countBatch(
    segments: readonly string[],
    days?: number,
    caller?: Caller,
  ): Promise<ReadonlyMap<string, Count>>;
}

export interface CountingOptions {
  /** Most segments asked for one by one and not answered; more are refused. */
  maxQueued: number;
  /** Most of them that travel together. */
  maxBatch: number;
  /** The name of a client; callers of one name share one line. */
  nameOf: (caller: Caller) => string;
  /** Makes a span of each group. @default no span */
  tracing?: Tracing;
}

export function createCounting(
  countAll: CountAll,
  { maxQueued, maxBatch, nameOf, tracing = NO_TRACING }: CountingOptions,
): Counting {
  const oneByOne = (atOnce: number) => createSinglesQueue({ maxQueued, atOnce, nameOf });
  const together = Math.min(maxBatch, MAX_COUNTS);
  const ofWindow = oneByOne(SINGLES_BEGUN * together);
  const ofDays = oneByOne(COUNTED_TOGETHER);
  const many = createFairQueue({ ...MAX_WAITING_COUNTS, atOnce: LONG_CALLS_IN_FLIGHT, nameOf });

  // Counts over different days never share a call: where the days are invalid, only those who asked for them fail.
  const groups = new Map<number | undefined, GroupCommit<string, ReadonlyMap<string, Count>>>();
  const groupsOver = (days: number | undefined) => {
    let commit = groups.get(days);
    if (commit === undefined) {
      commit = createGroupCommit({
        maxBatch: days === undefined ? together : Math.min(together, togetherOver(days)),
        maxInFlight: days === undefined ? BATCHES_IN_FLIGHT : LONG_CALLS_IN_FLIGHT,
        tracing,
        name: 'count group',
        send: (segments: string[]) => countAll([...new Set(segments)], days),
      });
      groups.set(days, commit);
    }
    return commit;
  };

  return {
    async count(segment, days, caller) {
      const queue = days === undefined ? ofWindow : ofDays;
      const counts = await queue.run(caller, () =>
        isCountable(days) ? groupsOver(days).commit(segment) : countAll([segment], days),
      );
      const count = counts.get(segment) ?? 0;
      if (count instanceof Failure) throw count;
      return count;
    },
    async countBatch(segments, days, caller) {
      const names = [...new Set(segments)];
      const most = togetherOver(days);
      const counted = new Map<string, Count>();
      for (let from = 0; from < names.length; from += most) {
        const some = names.slice(from, from + most);
        const counts = await many.run(caller, () => countAll(some, days));
        for (const [segment, count] of counts) counted.set(segment, count);
      }
      return counted;
    },
  };
}

/** How many segments are counted together over some days, or over the window. */
function togetherOver(days: number | undefined): number {
  if (days === undefined || !isCountable(days)) return COUNTED_TOGETHER;
  return Math.min(COUNTED_TOGETHER, Math.max(1, Math.floor(BUCKETS_TOGETHER / days)));
}

/** Whether days may be valid; only the backend knows how long the window is. */
function isCountable(days: number | undefined): boolean {
  return days === undefined || (days >= 1 && days <= MAX_WINDOW_DAYS);
}
