import { parseSegment } from '../../domain/membership.js';
import { firstDayOf, formatUtcDay } from '../../domain/utc-day.js';
import { countRegisters } from '../sketch/count.js';
import { mergeRegisters, type Registers } from '../sketch/registers.js';
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
  { reader, windowDays, now, floor }: QueryContext,
  name: unknown,
  askedDays?: number,
): Promise<SegmentHistory> {
  const segment = parseSegment('segment', name);
  const { today, days } = askedAt(now(), askedDays, windowDays);
  const sketches = await reader.dailySketches(segment, today);
  let merged: Registers | undefined;
  const history = sketches.map((sketch, index) => {
    merged = mergeRegisters(merged === undefined ? [sketch] : [merged, sketch]);
    return {
      day: formatUtcDay(firstDayOf(today, windowDays) + index),
      userCount: floor.count(countRegisters(sketch), 1),
      rolling: { userCount: floor.count(countRegisters(merged), index + 1), days: index + 1 },
    };
  });
  return { segment, windowDays, history: history.slice(-days) };
}
