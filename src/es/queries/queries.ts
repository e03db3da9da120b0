import { parseName } from '../../shared/membership.js';
import type { Estimator } from '../estimator.js';
import type { SegmentReader } from '../redis/segment-reader.js';
import { estimateSegment, type SegmentEstimate } from './estimate.js';
import { createEstimationThreads, type EstimationThreads } from './estimation-threads.js';
import {
  type ExpressionUsers,
  estimateSegmentExpression,
  type SegmentExpression,
} from './expression.js';
import type { Floor } from './floor.js';
import { historyOfSegment, type SegmentHistory } from './history.js';
import { type ListRequest, listSegments, type SegmentPage } from './list.js';
import { type Overlap, overlapOfSegments } from './overlap.js';
import { createQueue } from './queue.js';
import { createSegmentIndex } from './segment-index.js';

/**
 * The questions that ES answers beside plain counts. `days` is how many UTC days an answer is about, today
 * included: the whole window when left out. Each throws Failure `invalid` that names what is wrong, and
 * `unavailable` when Redis cannot be reached or too many questions wait.
 */
export interface Queries {
  list(request: ListRequest): Promise<SegmentPage>;
  estimate(segment: unknown, days?: number): Promise<SegmentEstimate>;
  /** @param days how many days it goes back */
  history(segment: unknown, days?: number): Promise<SegmentHistory>;
  /** @param segments 2 to 6 */
  overlap(segments: unknown, days?: number): Promise<Overlap>;
  expression(expression: SegmentExpression, days?: number): Promise<ExpressionUsers>;
  /** Deletes a segment; that it is not known is no failure. */
  remove(segment: unknown): Promise<void>;
  /** Gives up what is being estimated. */
  close(): Promise<void>;
}

/** What each of them needs. */
export interface QueryContext {
  reader: SegmentReader;
  windowDays: number;
  /** The clock, in milliseconds. */
  now: () => number;
  floor: Floor;
  threads: EstimationThreads;
}

/** Questions answered at once, and those that wait: some for their sketches, some for their page of counts. */
const AT_ONCE = 4;
const MAX_WAITING = 50;

export function createQueries(
  { reader, windowDays, remove }: Estimator,
  { now, floor, listMaxBytes }: Pick<QueryContext, 'now' | 'floor'> & { listMaxBytes: number },
): Queries {
  const threads = createEstimationThreads();
  const context = { reader, windowDays, now, floor, threads };
  const index = createSegmentIndex({ ...context, maxBytes: listMaxBytes });
  const sketches = createQueue(AT_ONCE, MAX_WAITING);
  const pages = createQueue(AT_ONCE, MAX_WAITING);
  return {
    list: (request) => pages(() => listSegments(context, index, request)),
    estimate: (segment, days) => sketches(() => estimateSegment(context, segment, days)),
    history: (segment, days) => sketches(() => historyOfSegment(context, segment, days)),
    overlap: (segments, days) => sketches(() => overlapOfSegments(context, segments, days)),
    expression: (expression, days) =>
      sketches(() => estimateSegmentExpression(context, expression, days)),
    async remove(name) {
      const segment = parseName('segment', name);
      await remove(segment);
      await index.remove(segment);
    },
    async close() {
      await Promise.all([threads.close(), index.close()]);
    },
  };
}
