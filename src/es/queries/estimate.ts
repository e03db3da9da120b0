import { parseSegment } from '../../domain/membership.js';
import { estimateCount } from '../sketch/interval.js';
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
  name: unknown,
  askedDays?: number,
): Promise<SegmentEstimate> {
  const segment = parseSegment('segment', name);
  const { today, days, window, asOf } = askedAt(now(), askedDays, windowDays);
  const estimate = estimateCount(await reader.sketch(segment, today, days));
  const users = floor.segment(estimate, days);
  const standardError = Math.round(users.standardError * 100) / 100;
  return { segment, ...users, standardError, window, asOf };
}
