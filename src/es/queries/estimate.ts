import { type SegmentCount, usersOf } from '../../domain/count.js';
import { Failure } from '../../domain/failure.js';
import { windowOf } from '../../domain/utc-day.js';
import { type CountEstimate, estimateCount, estimateFromCount } from '../sketch/interval.js';
import { type AnsweredWindow, askedAt } from './answered-window.js';
import type { SegmentUsers } from './floor.js';
import type { QueryContext } from './query-context.js';

/** The count of a segment with its error. */
export interface SegmentEstimate extends SegmentUsers {
  segment: string;
  window: AnsweredWindow;
  asOf: string;
}

/**
 * Counts a segment, with the error of the count.
 *
 * @throws Failure as documented at `Queries`
 */
export async function estimateSegment(
  { reader, windowDays, now, floor }: QueryContext,
  segment: string,
  askedDays?: number,
): Promise<SegmentEstimate> {
  const { today, days, window, asOf } = askedAt(now(), askedDays, windowDays);
  const estimate = await estimateDays({ reader, windowDays }, segment, { today, days });
  const users = floor.segment(estimate, days);
  const standardError = Math.round(users.standardError * 100) / 100;
  return { segment, ...users, standardError, window, asOf };
}

/** Asks Redis for the count, which takes it microseconds for a window, and reads the sketch only if it has few users. */
async function estimateDays(
  { reader, windowDays }: Pick<QueryContext, 'reader' | 'windowDays'>,
  segment: string,
  { today, days }: { today: number; days: number },
): Promise<CountEstimate> {
  const [count] = await (days === windowDays
    ? reader.ofWindows([segment], today)
    : reader.ofDays([segment], windowOf(today, days)));
  if (count instanceof Failure) throw count;
  // Registers that were written by hand may count more.
  const users = Math.min(usersOf(count as SegmentCount) as number, Number.MAX_SAFE_INTEGER);
  return estimateFromCount(users) ?? estimateCount(await reader.sketch(segment, today, days));
}
