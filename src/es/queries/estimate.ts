import { parseName } from '../../shared/membership.js';
import { estimateCount } from '../sketch/interval.js';
import type { Users } from './floor.js';
import type { QueryContext } from './queries.js';
import { type AnsweredWindow, askedAt } from './window.js';

/** The count of a segment with its error. */
export interface SegmentEstimate extends Users {
  segment: string;
  /** In users. */
  standardError: number;
  window: AnsweredWindow;
  asOf: string;
}

/** Counts a segment, and says how far that may be off. */
export async function estimateSegment(
  { reader, windowDays, now, floor }: QueryContext,
  name: unknown,
  askedDays?: number,
): Promise<SegmentEstimate> {
  const segment = parseName('segment', name);
  const { today, days, window, asOf } = askedAt(now(), askedDays, windowDays);
  const estimate = estimateCount(await reader.sketch(segment, today, days));
  const { userCount, interval, belowFloor } = floor.users(estimate);
  const standardError = belowFloor ? 0 : Math.round(estimate.standardError * 100) / 100;
  return { segment, userCount, standardError, interval, belowFloor, window, asOf };
}
