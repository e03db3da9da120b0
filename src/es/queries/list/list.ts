import { countOrNull, type SegmentCount, usersOf } from '../../../domain/count.js';
import { formatUtcDay, utcDay, windowOf } from '../../../domain/utc-day.js';
import { formatTime } from '../answered-window.js';
import type { Floor } from '../floor.js';
import type { QueryContext } from '../query-context.js';
import { decodeCursor, encodeCursor } from './cursor.js';
import type { ListRequest } from './list-request.js';
import type { SegmentIndex } from './segment-index.js';

interface ListedSegment {
  segment: string;
  /** Null if the data of the segment in Redis are damaged. */
  userCount: number | null;
  /** Whether the count is no estimate; false without a count, and while small counts are hidden. */
  exact: boolean;
  /** The last UTC day with a membership, as `YYYY-MM-DD`. */
  lastActive: string;
  /**
   * Users of the last 7 days; and users of the 7 days before, counted over those days that are in the window. Undefined
   * without details, or when data are damaged.
   */
  week: { now: number; before: number } | undefined;
  /** Users of each day of the window, oldest first. Undefined without details, or when data are damaged. */
  days: number[] | undefined;
}

export interface SegmentPage {
  segments: ListedSegment[];
  /** How many segments all pages have. */
  total: number;
  /** The cursor of the next page; undefined on the last page. */
  nextCursor: string | undefined;
  asOf: string;
}

const WEEK_DAYS = 7;

/** How many segments are counted together for their details. Between two such groups Redis can run other commands. */
const DETAILS_BATCH = 20;

/**
 * A page of the known segments. The order comes from the index, which may be some seconds old; the counts are current.
 *
 * @param request has passed `checkListRequest`
 * @throws Failure as documented at `Queries`
 */
export async function listSegments(
  context: QueryContext,
  index: SegmentIndex,
  request: ListRequest,
): Promise<SegmentPage> {
  const { cursor } = request;
  const after = cursor === '' ? undefined : decodeCursor(request, cursor);
  const { names, lastDays, total, next } = await index.page(request, after);
  const { now, reader, floor } = context;
  const time = now();
  const counts = await reader.ofWindows(names, utcDay(time));
  const details = request.details ? await detailsOf(context, names, utcDay(time)) : [];
  return {
    segments: names.map((segment, position) => ({
      segment,
      ...reported(floor, counts[position]),
      lastActive: formatUtcDay(lastDays[position] as number),
      ...(details[position] ?? { week: undefined, days: undefined }),
    })),
    total,
    nextCursor: next === undefined ? undefined : encodeCursor(request, next),
    asOf: formatTime(time),
  };
}

function reported(
  floor: Floor,
  counted: SegmentCount | undefined,
): Pick<ListedSegment, 'userCount' | 'exact'> {
  const count = countOrNull(counted && usersOf(counted));
  if (count === null) return { userCount: null, exact: false };
  const exact = counted !== undefined && 'exact' in counted && counted.exact;
  return { userCount: floor.count(count), exact: exact && !floor.hides };
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
  for (let from = 0; from < names.length; from += DETAILS_BATCH) {
    const some = names.slice(from, from + DETAILS_BATCH);
    const [now, earlier, ...days] = (await Promise.all([
      reader.ofDays(some, week),
      reader.ofDays(some, before),
      ...window.map((day) => reader.ofDays(some, [day])),
    ])) as [SegmentCount[], SegmentCount[], ...SegmentCount[][]];
    for (const index of some.keys()) {
      const counts = [now, earlier, ...days].map((each) =>
        countOrNull(usersOf(each[index] as SegmentCount)),
      );
      if (!counts.every((count) => count !== null)) {
        details.push({ week: undefined, days: undefined });
        continue;
      }
      const [ofWeek = 0, ofBefore = 0, ...ofDays] = counts;
      details.push({
        week: {
          now: floor.count(ofWeek, week.length),
          before: floor.count(ofBefore, before.length),
        },
        days: ofDays.map((count) => floor.count(count, 1)),
      });
    }
  }
  return details;
}
