import type { Counted } from '../../domain/count.js';
import { firstDayOf, formatUtcDay } from '../../domain/utc-day.js';
import { mostCounted as mostCountedOf } from '../redis/samples/plausible.js';
import { askedAt } from './answered-window.js';
import { exactCounts } from './exact-counts.js';
import type { Floor } from './floor.js';
import type { QueryContext } from './query-context.js';

interface HistoryDay {
  /** The UTC day, as `YYYY-MM-DD`. */
  day: string;
  /** Different users of that day. */
  userCount: number;
  /** Whether the count is no estimate; false while small counts are hidden. */
  exact: boolean;
  /**
   * Different users of the window that ended on that day, counted over the days that are still stored; and the number of
   * these days.
   */
  rolling: { userCount: number; exact: boolean; days: number };
}

export interface SegmentHistory {
  segment: string;
  windowDays: number;
  /** Oldest first. */
  history: HistoryDay[];
}

/**
 * How many users a segment had on each day.
 *
 * For a window that ended in the past, only the days that are also in today's window are left. So all these windows begin
 * on the same day, and each one is the previous one plus one day.
 *
 * @throws Failure as documented at `Queries`
 */
export async function historyOfSegment(
  { reader, windowDays, now, floor, dayCounts }: QueryContext,
  segment: string,
  askedDays?: number,
): Promise<SegmentHistory> {
  const { today, days } = askedAt(now(), askedDays, windowDays);
  const estimates = dayCounts.of(segment, await reader.dailyBuckets(segment, today));
  const mostCounted = mostCountedOf(reader.sampleSize);
  // Large segments have no exact counts, so their samples are not read.
  const samples = estimates.some(({ day }) => day > 0 && day <= mostCounted)
    ? await reader.dailySamples(segment, today)
    : [];
  const counts = exactCounts(estimates, samples, reader.sampleSize);
  const history = counts.map(({ day, upToDay }, index) => ({
    day: formatUtcDay(firstDayOf(today, windowDays) + index),
    ...reported(floor, day, 1),
    rolling: { ...reported(floor, upToDay, index + 1), days: index + 1 },
  }));
  return { segment, windowDays, history: history.slice(-days) };
}

function reported(floor: Floor, { users, exact }: Counted, days: number) {
  return { userCount: floor.count(users, days), exact: exact && !floor.hides };
}
