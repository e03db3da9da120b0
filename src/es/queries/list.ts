import { Failure } from '../../shared/failure.js';
import { parseName } from '../../shared/membership.js';
import { formatUtcDay, utcDay, windowOf } from '../../shared/utc-day.js';
import { decodeCursor, encodeCursor } from './cursor.js';
import type { QueryContext } from './queries.js';
import type { SegmentIndex } from './segment-index.js';
import type { Order, Sort } from './segment-order.js';
import { formatTime } from './window.js';

/** Which segments are listed, and how. */
export interface ListRequest {
  /** What names start with; empty: anything. */
  prefix: string;
  /** What names have in them, in upper or lower case; empty: anything. */
  search: string;
  sort: Sort;
  order: Order;
  limit: number;
  /** From where to go on; empty: from the start. */
  cursor: string;
  details: boolean;
}

export interface ListedSegment {
  segment: string;
  userCount: number;
  /** The last UTC day it was stored for, as `YYYY-MM-DD`. */
  lastActive: string;
  /** Users of the last 7 days, and of the 7 days before as far as the window has them; of details. */
  week: { now: number; before: number } | undefined;
  /** Users of each day of the window, oldest first; of details. */
  days: number[] | undefined;
}

export interface SegmentPage {
  segments: ListedSegment[];
  /** How many there are on all pages. */
  total: number;
  /** What to ask for the next page with; undefined on the last. */
  nextCursor: string | undefined;
  asOf: string;
}

export const DEFAULT_LIMIT = 100;
export const MAX_LIMIT = 1_000;

const WEEK_DAYS = 7;

/** Segments counted together for their details, so that Redis does other things in between. */
const TOGETHER = 20;

/** Checks what of a request is more than a choice of words. */
export function checkListRequest(request: ListRequest): ListRequest {
  const { prefix, search, limit } = request;
  if (prefix !== '') parseName('prefix', prefix);
  if (search !== '') parseName('search', search);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
    throw new Failure('invalid', `limit must be a whole number from 1 to ${MAX_LIMIT}`);
  }
  return request;
}

/**
 * A page of the known segments. Their order is that of the index, which may be some seconds old; the counts that
 * are told are those of this moment.
 */
export async function listSegments(
  context: QueryContext,
  index: SegmentIndex,
  request: ListRequest,
): Promise<SegmentPage> {
  const { cursor } = checkListRequest(request);
  const after = cursor === '' ? undefined : decodeCursor(request, cursor);
  const { names, lastDays, total, next } = await index.page(request, after);
  const { now, reader, floor } = context;
  const time = now();
  const counts = await reader.ofWindows(names, utcDay(time));
  const details = request.details ? await detailsOf(context, names, utcDay(time)) : [];
  return {
    segments: names.map((segment, position) => ({
      segment,
      userCount: floor.count(counts[position] as number),
      lastActive: formatUtcDay(lastDays[position] as number),
      ...(details[position] ?? { week: undefined, days: undefined }),
    })),
    total,
    nextCursor: next === undefined ? undefined : encodeCursor(request, next),
    asOf: formatTime(time),
  };
}

async function detailsOf(
  { reader, windowDays, floor }: QueryContext,
  names: readonly string[],
  today: number,
): Promise<Pick<ListedSegment, 'week' | 'days'>[]> {
  const window = windowOf(today, windowDays);
  const week = window.slice(-WEEK_DAYS);
  const before = window.slice(-2 * WEEK_DAYS, -WEEK_DAYS);
  const details: Pick<ListedSegment, 'week' | 'days'>[] = [];
  for (let from = 0; from < names.length; from += TOGETHER) {
    const some = names.slice(from, from + TOGETHER);
    const [now, earlier, ...days] = (await Promise.all([
      reader.ofDays(some, week),
      reader.ofDays(some, before),
      ...window.map((day) => reader.ofDays(some, [day])),
    ])) as [number[], number[], ...number[][]];
    for (const index of some.keys()) {
      const told = (counts: readonly number[], ofDays: number) =>
        floor.count(counts[index] as number, ofDays);
      details.push({
        week: { now: told(now, week.length), before: told(earlier, before.length) },
        days: days.map((counts) => told(counts, 1)),
      });
    }
  }
  return details;
}
