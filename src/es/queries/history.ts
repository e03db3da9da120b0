import { firstDayOf, formatUtcDay } from '../../domain/utc-day.js';
import { askedAt } from './answered-window.js';
import type { QueryContext } from './query-context.js';

interface HistoryDay {
  /** The UTC day, as `YYYY-MM-DD`. */
  day: string;
  /** Different users of that day. */
  userCount: number;
  /**
   * Different users of the window that ended on that day, counted over the days that are still stored; and the number of
   * these days.
   */
  rolling: { userCount: number; days: number };
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
  const counts = dayCounts.of(segment, await reader.dailyBuckets(segment, today));
  const history = counts.map(({ day, upToDay }, index) => ({
    day: formatUtcDay(firstDayOf(today, windowDays) + index),
    userCount: floor.count(day, 1),
    rolling: { userCount: floor.count(upToDay, index + 1), days: index + 1 },
  }));
  return { segment, windowDays, history: history.slice(-days) };
}
