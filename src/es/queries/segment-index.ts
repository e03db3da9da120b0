import { utcDay, windowOf } from '../../shared/utc-day.js';
import { TookTooLong, within } from '../../shared/within.js';
import type { SegmentReader } from '../redis/segment-reader.js';
import type { Floor } from './floor.js';
import { createSegmentOrders, type SegmentOrders } from './segment-order.js';

/** The known segments with their counts, kept in memory so that a page of a list is a slice of an array. */
export interface SegmentIndex {
  /**
   * The segments in their orders, refreshed when they have become old. What has to wait for the first refresh
   * waits for all names, and some time for the counts.
   *
   * @throws Failure `unavailable` when Redis cannot be reached
   */
  current(): Promise<SegmentOrders>;
  /** Leaves out a segment that was deleted. */
  remove(segment: string): void;
}

export interface SegmentIndexOptions {
  reader: SegmentReader;
  windowDays: number;
  floor: Floor;
  /** The clock, in milliseconds. */
  now: () => number;
}

interface Entry {
  lastDay: number;
  /** Undefined until it has been counted. */
  count: number | undefined;
}

/** Least time between refreshes. */
const REFRESH_MS = 2_000;

/** A refresh pauses this many times as long as the last one took, so that it costs a tenth of Redis at most. */
const PAUSE = 9;

/** How long a list waits for a refresh before it is answered from what there is. */
const WAIT_MS = 200;

/** How long the first list waits for all counts. */
const FIRST_WAIT_MS = 2_000;

/** PFCOUNTs sent together: of a window 1 µs to 20 µs each, of 14 buckets up to 250 µs. */
const WINDOWS_TOGETHER = 200;
const BUCKETS_TOGETHER = 16;

/** How many segments without a window are counted again in one refresh. */
const BUCKET_COUNTS = 4_000;

/**
 * An index that is refreshed when it is asked for: every 2 seconds at most, or, where there are so many segments
 * that a refresh takes longer, a tenth of the time. Counts are those of PFCOUNT; what is below the floor is 0, so
 * that the order tells nothing of it.
 *
 * A segment whose window nobody has counted today has no running merge. It is counted by its buckets, which costs Redis
 * more, so in each refresh only `BUCKET_COUNTS` of those that were counted before are, and until its turn it keeps
 * its place. No window is made for it, which would take memory for the day.
 */
export function createSegmentIndex(options: SegmentIndexOptions): SegmentIndex {
  const { reader, windowDays, floor, now } = options;
  let entries = new Map<string, Entry>();
  let names: string[] = [];
  let orders: SegmentOrders | undefined;
  let named: Promise<void> | undefined;
  let refreshing: Promise<void> | undefined;
  let nextRefresh = 0;
  let removed = new Set<string>();
  let countedAgain = 0;
  let isFirst = true;

  async function readNames(): Promise<void> {
    removed = new Set();
    const found = new Map<string, Entry>();
    for await (const some of reader.known()) {
      for (const { segment, lastDay } of some) {
        found.set(segment, { lastDay, count: entries.get(segment)?.count });
      }
    }
    for (const segment of removed) found.delete(segment);
    // Of two sorted runs the sort makes one in the time of a copy.
    const added = Array.from(found.keys()).filter((segment) => !entries.has(segment));
    names = [...names.filter((segment) => found.has(segment)), ...added.sort()].sort();
    entries = found;
    orders = undefined;
  }

  async function countAll(): Promise<void> {
    const today = utcDay(now());
    const uncounted: string[] = [];
    for (const some of slices(names, WINDOWS_TOGETHER)) {
      const counts = await reader.ofMerged(some, today);
      for (const [index, segment] of some.entries()) {
        const count = counts[index] as number;
        if (count > 0) note(segment, count);
        else uncounted.push(segment);
      }
    }
    const isNew = (segment: string) => entries.get(segment)?.count === undefined;
    const old = uncounted.filter((segment) => !isNew(segment));
    // In turn, all of them.
    const from = countedAgain < old.length ? countedAgain : 0;
    countedAgain = from + BUCKET_COUNTS;
    const days = windowOf(today, windowDays);
    for (const some of slices(
      [...uncounted.filter(isNew), ...old.slice(from, countedAgain)],
      BUCKETS_TOGETHER,
    )) {
      const counts = await reader.ofDays(some, days);
      for (const [index, segment] of some.entries()) note(segment, counts[index] as number);
    }
    orders = undefined;
  }

  function note(segment: string, count: number): void {
    const entry = entries.get(segment);
    if (entry !== undefined) entry.count = floor.count(count);
  }

  async function refresh(): Promise<void> {
    const start = performance.now();
    named = readNames();
    await named;
    await countAll();
    const end = performance.now();
    nextRefresh = end + Math.max(REFRESH_MS, PAUSE * (end - start));
  }

  function startRefresh(): void {
    refreshing = refresh().finally(() => {
      refreshing = undefined;
    });
    // Whoever waits for it is told; where nobody does, the next list tries again.
    refreshing.catch(() => {});
  }

  function orderNow(): SegmentOrders {
    const known = names.map((segment) => entries.get(segment) as Entry);
    return createSegmentOrders(
      names,
      known.map(({ count = 0 }) => count),
      known.map(({ lastDay }) => lastDay),
    );
  }

  return {
    async current() {
      if (refreshing === undefined && performance.now() >= nextRefresh) startRefresh();
      if (isFirst) await named;
      await waitFor(refreshing, isFirst ? FIRST_WAIT_MS : WAIT_MS);
      isFirst = false;
      orders ??= orderNow();
      return orders;
    },

    remove(segment) {
      removed.add(segment);
      if (!entries.delete(segment)) return;
      names = names.filter((name) => name !== segment);
      orders = undefined;
    },
  };
}

/** Waits for a refresh, but not for long. */
async function waitFor(refreshing: Promise<void> | undefined, timeoutMs: number): Promise<void> {
  if (refreshing === undefined) return;
  await within(timeoutMs, refreshing).catch((error) => {
    if (!(error instanceof TookTooLong)) throw error;
  });
}

function* slices<T>(all: readonly T[], size: number): Generator<T[]> {
  for (let from = 0; from < all.length; from += size) yield all.slice(from, from + size);
}
