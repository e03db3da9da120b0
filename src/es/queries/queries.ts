import { type Caller, callerGone } from '../../auth/caller.js';
import { parseName, parseSegment } from '../../domain/membership.js';
import { parseWindowDays } from '../../domain/window-days.js';
import type { Clients } from '../../limits/clients.js';
import { createFairQueue } from '../../limits/fair-queue.js';
import { shareOfHeap } from '../../limits/heap.js';
import type { Estimator } from '../estimator.js';
import { createCharges } from './charges.js';
import { createDayCounts } from './day-counts.js';
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
import { createSharedTasks } from './shared-tasks.js';

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

/**
 * Maximum of waiting queries, of one client and of all clients: as many as ES answers in half a second and in two seconds.
 * Lists take longer than estimates and histories. Those who wait for the same estimate or history wait for one query.
 */
const MAX_QUICK = { maxWaitingEach: 500, maxWaiting: 2_000 };
const MAX_LISTS = { maxWaitingEach: 50, maxWaiting: 200 };
const MAX_SLOW = { maxWaitingEach: 20, maxWaiting: 100 };

/** The maximum of memory for what histories keep, in bytes: room for about 170 segments of many users on each day. */
const DAYS_MAX_BYTES = 32 * 1024 * 1024;

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
  const dayCounts = createDayCounts(shareOfHeap(DAYS_MAX_BYTES));
  const context = { reader, windowDays, now, floor, threads, dayCounts };
  const index = createSegmentIndex({
    ...context,
    maxBytes: listMaxBytes,
    changes: changesOfAll(changes),
  });
  // Lists may wait for their index, so other queries must not wait behind them.
  const lists = createFairQueue({ ...MAX_LISTS, atOnce: QUICK_AT_ONCE, nameOf });
  const quick = createSharedTasks(
    createFairQueue({ ...MAX_QUICK, atOnce: QUICK_AT_ONCE, nameOf }),
    nameOf,
  );
  const slow = createFairQueue({ ...MAX_SLOW, atOnce: SLOW_AT_ONCE, nameOf });
  const charges = createCharges(windowDays);
  const charge = (caller: Caller | undefined, requests: number) => {
    if (caller !== undefined) quota?.charge(caller, requests);
  };
  return {
    async list(caller, request) {
      checkListRequest(request);
      charge(caller, charges.list(request));
      return lists.run(caller, () =>
        listSegments(whileWanted(context, goneOf(caller)), index, request),
      );
    },
    async estimate(caller, name, asked) {
      charge(caller, charges.estimate(asked));
      const segment = parseSegment('segment', name);
      const days = parseWindowDays(asked, windowDays);
      return quick.run(caller, `estimate ${days} ${segment}`, (isGone) =>
        estimateSegment(whileWanted(context, isGone), segment, days),
      );
    },
    async history(caller, name, asked) {
      charge(caller, charges.history());
      const segment = parseSegment('segment', name);
      const days = parseWindowDays(asked, windowDays);
      return quick.run(caller, `history ${days} ${segment}`, (isGone) =>
        historyOfSegment(whileWanted(context, isGone), segment, days),
      );
    },
    async overlap(caller, segments, days) {
      const names = lengthOf(segments);
      charge(caller, charges.regions(names, names, days));
      return slow.run(caller, () =>
        overlapOfSegments(whileWanted(context, goneOf(caller)), segments, days),
      );
    },
    async expression(caller, expression, days) {
      const { all, any, none } = expression;
      const [own, merged, without] = [all, any, none].map(lengthOf) as [number, number, number];
      const sketches = own + Math.min(1, merged) + Math.min(1, without);
      charge(caller, charges.regions(own + merged + without, sketches, days));
      return slow.run(caller, () =>
        estimateSegmentExpression(whileWanted(context, goneOf(caller)), expression, days),
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

/** Whether a caller has gone. */
function goneOf(caller: Caller | undefined): () => boolean {
  return () => caller?.isGone() ?? false;
}

/** The context of a query. Its methods throw when the callers have gone. */
function whileWanted(context: QueryContext, isGone: () => boolean): QueryContext {
  const { reader, threads } = context;
  const step =
    <Asked extends unknown[], Answer>(work: (...asked: Asked) => Promise<Answer>) =>
    async (...asked: Asked) => {
      if (isGone()) throw callerGone();
      return work(...asked);
    };
  return {
    ...context,
    reader: {
      ...reader,
      sketch: step(reader.sketch),
      sample: step(reader.sample),
      dailySamples: step(reader.dailySamples),
      dailyBuckets: step(reader.dailyBuckets),
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
