import { type Count, type SegmentCount, usersOf } from '../../../domain/count.js';
import { windowOf } from '../../../domain/utc-day.js';
import type { QueryContext } from '../query-context.js';
import type { IndexSlice } from './table/segment-table.js';
import type { SegmentThread } from './table/segment-thread.js';

/** Counts the segments of the index. */
export interface SegmentCounts {
  /**
   * Counts all segments, and shows the new counts from time to time.
   *
   * @param today as `utcDay` gives it
   * @param signal when aborted, the other segments keep their counts
   */
  refresh(today: number, signal: AbortSignal): Promise<void>;
}

/** How many segments are taken from the table at a time. */
const SLICE = 1_000;

/** How many PFCOUNTs are sent together. The PFCOUNT of a window takes 1 µs to 20 µs, that of 14 buckets up to 250 µs. */
const WINDOWS_BATCH = 200;
const BUCKETS_BATCH = 16;

/** How many segments without a merged window are counted again in one refresh. */
const RECOUNTS = 4_000;

/** How long new counts may wait before they are shown. */
const SHOW_MS = 2_000;

/**
 * A segment that nobody has counted today has no merged window. It is counted by its buckets, which takes Redis longer. So
 * each refresh counts only the next `RECOUNTS` such segments again (round robin); the others keep their counts. The refresh
 * merges no windows for them, because these would take memory for the rest of the day. A segment that cannot be counted
 * keeps its count.
 */
export function createSegmentCounts(
  { reader, windowDays, floor }: Pick<QueryContext, 'reader' | 'windowDays' | 'floor'>,
  thread: SegmentThread,
): SegmentCounts {
  /** The next segment to be counted again, by its position among those without a window. */
  let next = 0;

  /** @param isDue whether to count again the next segment that was counted before and has no merged window */
  async function countSlice(
    { names, counted }: IndexSlice,
    today: number,
    isDue: () => boolean,
  ): Promise<(number | undefined)[]> {
    const counts: (Count | undefined)[] = [];
    for (const some of slices(names, WINDOWS_BATCH)) {
      counts.push(...(await reader.ofMerged(some, today)).map(usersOf));
    }
    const byBuckets: number[] = [];
    for (const [index, count] of counts.entries()) {
      if (count !== 0) continue;
      counts[index] = undefined;
      const isThere = counted[index] !== undefined;
      if (isThere && (counted[index] === false || isDue())) byBuckets.push(index);
    }
    const days = windowOf(today, windowDays);
    for (const some of slices(byBuckets, BUCKETS_BATCH)) {
      const segments = some.map((index) => names[index] as string);
      const users = await reader.ofDays(segments, days, false);
      for (const [position, index] of some.entries()) {
        counts[index] = usersOf(users[position] as SegmentCount);
      }
    }
    return counts.map((count) => (typeof count === 'number' ? floor.count(count) : undefined));
  }

  return {
    async refresh(today, signal) {
      const from = next;
      const to = next + RECOUNTS;
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
      next = to < seen ? to : 0;
      await thread.call('settle');
    },
  };
}

function* slices<T>(items: readonly T[], size: number): Generator<T[]> {
  for (let from = 0; from < items.length; from += size) yield items.slice(from, from + size);
}
