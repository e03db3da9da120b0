import type { Counted } from '../../domain/count.js';
import { Failure, invalidField } from '../../domain/failure.js';
import type { Estimate } from '../sketch/estimate.js';
import type { CountEstimate } from '../sketch/interval.js';
import type { Sample } from '../sketch/sample.js';
import { similarityOf } from '../sketch/similarity.js';
import { type AnsweredWindow, askedAt } from './answered-window.js';
import type { Users } from './floor.js';
import type { SegmentIndex } from './list/segment-index.js';
import { countNamed, estimateCounted, readSample } from './named-segments.js';
import { createNeighbours } from './neighbours.js';
import type { QueryContext } from './query-context.js';

/** The segments that are most similar to a segment, over the whole window. */
export interface SimilarSegments {
  segment: string;
  window: AnsweredWindow;
  asOf: string;
  /** The most similar first; none that shares nobody. */
  similar: SimilarSegment[];
  /** How many segments it was compared with. */
  compared: number;
  /** How many other segments there are. */
  total: number;
  /** Whether none of the others can be more similar, by its size. */
  complete: boolean;
}

interface SimilarSegment {
  segment: string;
  /** The part of the users of both together that is in both segments, from 0 to 1. */
  jaccard: ReturnType<typeof similarityOf>['jaccard'];
  /** Users in both. */
  shared: Users;
}

export const DEFAULT_SIMILAR = 10;
export const MAX_SIMILAR = 100;

/** The maximum of segments that one is compared with. */
export const MAX_COMPARED = 200;

/** How many segments are compared together. Between two such groups Redis can run other commands. */
const COMPARED_TOGETHER = 5;

/** @throws Failure `invalid` */
export function parseSimilarLimit(limit = DEFAULT_SIMILAR): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_SIMILAR) return limit;
  throw invalidField('limit', `must be a whole number from 1 to ${MAX_SIMILAR}`);
}

/** A segment that was compared. */
interface Compared {
  segment: string;
  count: Counted;
  jaccard: Estimate;
}

/**
 * Finds similar segments by comparing samples: those of nearly the same size first. Two sets of s and t users have a Jaccard
 * index of at most s / t if s is less, so it can end as soon as all others are too small or too large.
 *
 * @throws Failure as documented at `Queries`
 */
export async function similarSegments(
  context: QueryContext,
  index: SegmentIndex,
  segment: string,
  limit: number,
): Promise<SimilarSegments> {
  const { reader, windowDays, now, floor } = context;
  if (floor.hides) {
    throw new Failure('invalid', 'similar segments are not told while small counts are hidden');
  }
  const asked = askedAt(now(), undefined, windowDays);
  const own = (await countNamed(context, [segment], asked)).get(segment) as Counted;
  const sample = await readSample(reader, segment, own, asked);
  const neighbours = createNeighbours(index, segment, own.users);
  let best: Compared[] = [];
  let compared = 0;
  let seen = 0;
  const isDone = () =>
    own.users === 0 || neighbours.mostSimilar <= (best[limit - 1]?.jaccard.value ?? 0);
  // Who has no users is similar to nobody; then this tells only how many others there are.
  if (own.users === 0) await neighbours.next(1);
  while (!isDone() && seen < MAX_COMPARED) {
    const names = await neighbours.next(Math.min(COMPARED_TOGETHER, MAX_COMPARED - seen));
    if (names.length === 0) continue;
    const counts = await countNamed(context, names, asked);
    const samples = await Promise.all(
      names.map((name) => readSample(reader, name, counts.get(name) as Counted, asked)),
    );
    seen += names.length;
    const found = names.flatMap((name, position) => {
      const other = samples[position] as Sample;
      if (other.limit === 0 || sample.limit === 0) return [];
      compared += 1;
      const { jaccard } = similarityOf(sample, other);
      return { segment: name, count: counts.get(name) as Counted, jaccard };
    });
    best = [...best, ...found.filter(({ jaccard }) => jaccard.value > 0)]
      .sort((one, other) => other.jaccard.value - one.jaccard.value)
      .slice(0, limit);
  }
  const { window, asOf } = asked;
  const complete = isDone() && compared === seen;
  const sizeOf = (name: string, count: Counted) =>
    estimateCounted(count, () => reader.sketch(name, asked.today, asked.days));
  const similar: SimilarSegment[] = [];
  for (const { segment: name, count, jaccard } of best) {
    const sizes = [await sizeOf(segment, own), await sizeOf(name, count)] as const;
    similar.push({ segment: name, jaccard, shared: sharedBy(jaccard, sizes) });
  }
  return { segment, window, asOf, similar, compared, total: neighbours.total, complete };
}

/** The users of both of two sets: J / (1 + J) of the sum of their sizes. */
function sharedBy(
  { value, interval, exact }: Estimate,
  sizes: readonly [CountEstimate, CountEstimate],
): Users {
  const [one, other] = sizes;
  const partOf = (jaccard: number, sum: number) => (jaccard / (1 + jaccard)) * sum;
  const most = Math.min(one.count, other.count);
  const userCount = Math.min(most, Math.round(partOf(value, one.count + other.count)));
  const low = Math.floor(partOf(interval.low, one.interval.low + other.interval.low));
  const high = Math.ceil(partOf(interval.high, one.interval.high + other.interval.high));
  const isExact = exact && one.exact && other.exact;
  return {
    userCount,
    interval: isExact
      ? { low: userCount, high: userCount }
      : {
          low: Math.min(low, userCount),
          high: Math.max(userCount, Math.min(high, one.interval.high, other.interval.high)),
        },
    exact: isExact,
    belowFloor: false,
  };
}
