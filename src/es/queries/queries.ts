import { type Caller, callerGone } from '../../auth/caller.js';
import { parseName } from '../../domain/membership.js';
import type { Clients } from '../../limits/clients.js';
import { createFairQueue } from '../../limits/fair-queue.js';
import type { Estimator } from '../estimator.js';
import { createCharges } from './charges.js';
import { estimateSegment, type SegmentEstimate } from './estimate.js';
import { createEstimationThreads } from './estimation-threads.js';
import {
  type ExpressionUsers,
  estimateSegmentExpression,
  type SegmentExpression,
} from './expression.js';
import { historyOfSegment, type SegmentHistory } from './history.js';
import { listSegments, type SegmentPage } from './list/list.js';
import { checkListRequest, type ListRequest } from './list/list-request.js';
import { changesOfAll } from './list/segment-changes.js';
import { createSegmentIndex } from './list/segment-index.js';
import { type Overlap, overlapOfSegments } from './overlap.js';
import type { QueryContext } from './query-context.js';

/**
 * The queries that ES answers in addition to plain counts. `days` is how many UTC days an answer covers, today included; by
 * default the whole window. Callers get fair shares: no caller waits for all queries of another one. If a caller has gone,
 * ES stops working on its query.
 *
 * @throws Failure from each method: `invalid` names what is wrong; `unavailable` if Redis cannot be reached or too many
 *   queries wait; `limited` if the caller exceeds its limit
 */
export interface Queries {
  list(caller: Caller | undefined, request: ListRequest): Promise<SegmentPage>;
  estimate(caller: Caller | undefined, segment: unknown, days?: number): Promise<SegmentEstimate>;
  /** @param days how many days it goes back */
  history(caller: Caller | undefined, segment: unknown, days?: number): Promise<SegmentHistory>;
  /** @param segments 2 to 6 */
  overlap(caller: Caller | undefined, segments: unknown, days?: number): Promise<Overlap>;
  expression(
    caller: Caller | undefined,
    expression: SegmentExpression,
    days?: number,
  ): Promise<ExpressionUsers>;
  /** Deletes a segment, also `.` and `..`, which older versions could store. For an unknown segment it succeeds. */
  remove(segment: unknown): Promise<void>;
  /** Gives up the estimates in progress. */
  close(): Promise<void>;
}

/** How many queries ES works on at the same time. Overlaps and expressions use one of two threads for up to 0.4 s. */
const QUICK_AT_ONCE = 4;
const SLOW_AT_ONCE = 2;

/** Maximum of waiting queries, of one client and of all clients: as many as ES answers before clients give up. */
const MAX_QUICK = { maxWaitingEach: 50, maxWaiting: 200 };
const MAX_SLOW = { maxWaitingEach: 20, maxWaiting: 100 };

export interface QueriesOptions extends Pick<QueryContext, 'now' | 'floor'> {
  /** Maximum of memory for lists, in bytes. */
  listMaxBytes: number;
  clients: Clients;
}

export function createQueries(
  { reader, windowDays, remove, changes }: Estimator,
  { now, floor, listMaxBytes, clients: { nameOf, quota } }: QueriesOptions,
): Queries {
  const threads = createEstimationThreads();
  const context = { reader, windowDays, now, floor, threads };
  const index = createSegmentIndex({
    ...context,
    maxBytes: listMaxBytes,
    changes: changesOfAll(changes),
  });
  // Lists may wait for their index, so other queries must not wait behind them.
  const lists = createFairQueue({ ...MAX_QUICK, atOnce: QUICK_AT_ONCE, nameOf });
  const quick = createFairQueue({ ...MAX_QUICK, atOnce: QUICK_AT_ONCE, nameOf });
  const slow = createFairQueue({ ...MAX_SLOW, atOnce: SLOW_AT_ONCE, nameOf });
  const charges = createCharges(windowDays);
  const charge = (caller: Caller | undefined, requests: number) => {
    if (caller !== undefined) quota?.charge(caller, requests);
  };
  return {
    async list(caller, request) {
      checkListRequest(request);
      charge(caller, charges.list(request));
      return lists.run(caller, () => listSegments(whileConnected(context, caller), index, request));
    },
    async estimate(caller, segment, days) {
      charge(caller, charges.estimate(days));
      return quick.run(caller, () =>
        estimateSegment(whileConnected(context, caller), segment, days),
      );
    },
    async history(caller, segment, days) {
      charge(caller, charges.history());
      return quick.run(caller, () =>
        historyOfSegment(whileConnected(context, caller), segment, days),
      );
    },
    async overlap(caller, segments, days) {
      const names = lengthOf(segments);
      charge(caller, charges.regions(names, names, days));
      return slow.run(caller, () =>
        overlapOfSegments(whileConnected(context, caller), segments, days),
      );
    },
    async expression(caller, expression, days) {
      const { all, any, none } = expression;
      const [own, merged, without] = [all, any, none].map(lengthOf) as [number, number, number];
      const sketches = own + Math.min(1, merged) + Math.min(1, without);
      charge(caller, charges.regions(own + merged + without, sketches, days));
      return slow.run(caller, () =>
        estimateSegmentExpression(whileConnected(context, caller), expression, days),
      );
    },
    async remove(name) {
      await remove(parseName('segment', name));
    },
    async close() {
      await Promise.all([threads.close(), index.close()]);
    },
  };
}

/** A value that is not an array counts as length 0 here; the parser refuses it. */
function lengthOf(segments: unknown): number {
  return Array.isArray(segments) ? segments.length : 0;
}

/** The context of a query. Its methods throw when the caller has gone. */
function whileConnected(context: QueryContext, caller: Caller | undefined): QueryContext {
  const { reader, threads } = context;
  const step =
    <Asked extends unknown[], Answer>(work: (...asked: Asked) => Promise<Answer>) =>
    async (...asked: Asked) => {
      if (caller?.isGone()) throw callerGone();
      return work(...asked);
    };
  return {
    ...context,
    reader: {
      ...reader,
      sketch: step(reader.sketch),
      dailySketches: step(reader.dailySketches),
      ofWindows: step(reader.ofWindows),
      ofDays: step(reader.ofDays),
    },
    threads: {
      ...threads,
      overlaps: step(threads.overlaps),
      expression: step(threads.expression),
      leastRegion: step(threads.leastRegion),
    },
  };
}
