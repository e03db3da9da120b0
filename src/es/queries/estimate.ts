import { type AnsweredWindow, askedAt } from './answered-window.js';
import type { SegmentUsers } from './floor.js';
import { countNamed, estimateCounted } from './named-segments.js';
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
  const counts = await countNamed({ reader, windowDays }, [segment], { today, days });
  const [count = { users: 0, exact: true }] = counts.values();
  const estimate = await estimateCounted(count, () => reader.sketch(segment, today, days));
  const users = floor.segment(estimate, days);
  const standardError = Math.round(users.standardError * 100) / 100;
  return { segment, ...users, standardError, window, asOf };
}
