import type { Count } from '../../../domain/count.js';
import { windowOf } from '../../../domain/utc-day.js';
import type { QueryContext } from '../query-context.js';
import type { IndexSlice } from './table/segment-table.js';
import type { SegmentThread } from './table/segment-thread.js';

/** Counts the segments of the index. */
export interface SegmentCounts {
  /** Counts all, and shows what has been counted from time to time. @param today as `utcDay` gives it; aborted, the rest keep their counts */
  refresh(today: number, signal: AbortSignal): Promise<void>;
}

/** How many segments are handled at a time. */
const SLICE = 1_000;

/** PFCOUNTs sent together: of a window 1 µs to 20 µs each, of 14 buckets up to 250 µs. */
const WINDOWS_TOGETHER = 200;
const BUCKETS_TOGETHER = 16;

/** How many segments without a window are counted again in one refresh. */
const BUCKET_COUNTS = 4_000;

/** How long what has been counted may wait for the rest before it shows. */
const SHOW_MS = 2_000;

/**
 * A segment whose window nobody has counted today has no running merge. It is counted by its buckets, which costs Redis
 * more, so in each refresh only `BUCKET_COUNTS` of those that were counted before are, and until its turn it keeps
 * its count. No window is made for it, which would take memory for the day. One that cannot be counted keeps the count it had.
 */
export function createSegmentCounts(
  { reader, windowDays, floor }: Pick<QueryContext, 'reader' | 'windowDays' | 'floor'>,
  thread: SegmentThread,
): SegmentCounts {
  /** Where among those without a window the next are that have their turn. */
  let turn = 0;

  /** @param isDue whether a segment that was counted before, and has no window, has its turn */
  async function countSlice(
    { names, counted }: IndexSlice,
    today: number,
    isDue: () => boolean,
  ): Promise<(number | undefined)[]> {
    const counts: (Count | undefined)[] = [];
    for (const some of slices(names, WINDOWS_TOGETHER)) {
      counts.push(...(await reader.ofMerged(some, today)));
    }
    const byBuckets: number[] = [];
    for (const [index, count] of counts.entries()) {
      if (count !== 0) continue;
      counts[index] = undefined;
      const isThere = counted[index] !== undefined;
      if (isThere && (counted[index] === false || isDue())) byBuckets.push(index);
    }
    const days = windowOf(today, windowDays);
    for (const some of slices(byBuckets, BUCKETS_TOGETHER)) {
      const segments = some.map((index) => names[index] as string);
      const users = await reader.ofDays(segments, days);
      for (const [position, index] of some.entries()) counts[index] = users[position];
    }
    return counts.map((count) => (typeof count === 'number' ? floor.count(count) : undefined));
  }

  return {
    async refresh(today, signal) {
      const [from, to] = [turn, turn + BUCKET_COUNTS];
      let seen = 0;
      const isDue = () => {
        seen += 1;
        return seen > from && seen <= to;
      };
      let shownAt = performance.now();
      for (let position = 0; !signal.aborted; ) {
        const slice = await thread.call('slice', position, SLICE);
        if (slice.names.length === 0) break;
        await thread.call('count', position, await countSlice(slice, today, isDue));
        position += slice.names.length;
        if (performance.now() - shownAt > SHOW_MS) {
          await thread.call('settle');
          shownAt = performance.now();
        }
      }
      turn = to < seen ? to : 0;
      await thread.call('settle');
    },
  };
}

function* slices<T>(all: readonly T[], size: number): Generator<T[]> {
  for (let from = 0; from < all.length; from += size) yield all.slice(from, from + size);
}
