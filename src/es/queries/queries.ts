import type { Caller } from '../../auth/caller.js';
import { parseName, parseSegment } from '../../domain/membership.js';
import { parseWindowDays } from '../../domain/window-days.js';
import type { Clients } from '../../limits/clients.js';
import { createFairQueue, type FairQueue } from '../../limits/fair-queue.js';
import { shareOfHeap } from '../../limits/heap.js';
import type { Estimator } from '../estimator.js';
import { MAX_SKETCHES } from '../sketch/expression.js';
import { createCharges } from './charges.js';
import { createDayCounts } from './day-counts.js';
import { estimateSegment, type SegmentEstimate } from './estimate.js';
import { createEstimationThreads, type EstimationThreads } from './estimation-threads.js';
import {
  type ExpressionUsers,
  estimateSegmentExpression,
  parseExpression,
  type SegmentExpression,
  setsOf,
} from './expression.js';
import { historyOfSegment, type SegmentHistory } from './history.js';
import { listSegments, type SegmentPage } from './list/list.js';
import { checkListRequest, type ListRequest } from './list/list-request.js';
import { changesOfAll } from './list/segment-changes.js';
import { createSegmentIndex } from './list/segment-index.js';
import { type Overlap, overlapOfSegments, parseOverlap } from './overlap.js';
import type { QueryContext } from './query-context.js';
import { createSharedTasks } from './shared-tasks.js';
import { parseSimilarLimit, type SimilarSegments, similarSegments } from './similar.js';
import { goneOf, whileWanted } from './while-wanted.js';

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
  /** @param limit the maximum of similar segments, 1 to 100. @default 10 */
  similar(caller: Caller | undefined, segment: unknown, limit?: number): Promise<SimilarSegments>;
  /** Deletes a segment, also `.` and `..`, which older versions could store. For an unknown segment it succeeds. */
  remove(segment: unknown): Promise<void>;
  /** Gives up the estimates in progress. */
  close(): Promise<void>;
}

/** How many queries ES works on at the same time, of those that it answers without threads. */
const QUICK_AT_ONCE = 4;

/**
 * How many estimations of several sets run at the same time, each in a thread: of a few sets they take up to 100 ms, of six
 * up to a second. So those of a few sets do not wait for the others.
 */
const FEW_AT_ONCE = 1;
const MANY_AT_ONCE = 2;

/** How many searches for similar segments run at the same time. */
const SIMILAR_AT_ONCE = 1;

/** How many sets are a few. */
const MAX_FEW = 3;

/**
 * Maximum of waiting queries, of one client and of all clients: as many as ES answers in half a second and in two seconds.
 * Lists take longer than estimates and histories. Those who wait for the same estimate or history wait for one query.
 */
const MAX_QUICK = { maxWaitingEach: 500, maxWaiting: 2_000 };
const MAX_LISTS = { maxWaitingEach: 50, maxWaiting: 200 };
const MAX_SEVERAL = { maxWaitingEach: 20, maxWaiting: 100 };

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
  const [few, many] = [FEW_AT_ONCE, MANY_AT_ONCE].map((atOnce) => ({
    queue: createFairQueue({ ...MAX_SEVERAL, atOnce, nameOf }),
    threads: createEstimationThreads(atOnce),
  })) as [Several, Several];
  const severalOf = (sets: number) => (sets <= MAX_FEW ? few : many);
  const dayCounts = createDayCounts(shareOfHeap(DAYS_MAX_BYTES));
  const context = { reader, windowDays, now, floor, threads: few.threads, dayCounts };
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
  const similar = createFairQueue({ ...MAX_SEVERAL, atOnce: SIMILAR_AT_ONCE, nameOf });
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
      const named = lengthOf(segments);
      charge(caller, charges.regions(named, named, days));
      const names = parseOverlap(segments);
      const { queue, threads } = severalOf(names.length);
      return queue.run(caller, () =>
        overlapOfSegments(whileWanted({ ...context, threads }, goneOf(caller)), names, days),
      );
    },
    async expression(caller, lists, days) {
      const { all, any, none } = lists;
      const [own, merged, without] = [all, any, none].map(lengthOf) as [number, number, number];
      const named = own + merged + without;
      const ifMerged = own + Math.min(1, merged) + Math.min(1, without);
      charge(caller, charges.regions(named, named > MAX_SKETCHES ? ifMerged : named, days));
      const expression = parseExpression(lists, floor);
      const sets = setsOf(expression);
      const answer = (isGone: () => boolean, threads: EstimationThreads) =>
        estimateSegmentExpression(whileWanted({ ...context, threads }, isGone), expression, days);
      // Nothing is compared.
      if (sets.length < 2) {
        const asked = parseWindowDays(days, windowDays);
        const name = `expression ${asked} ${JSON.stringify([expression.names, sets])}`;
        return quick.run(caller, name, (isGone) => answer(isGone, few.threads));
      }
      const { queue, threads } = severalOf(sets.length);
      return queue.run(caller, () => answer(goneOf(caller), threads));
    },
    async similar(caller, name, asked) {
      charge(caller, charges.similar());
      const segment = parseSegment('segment', name);
      const limit = parseSimilarLimit(asked);
      return similar.run(caller, () =>
        similarSegments(whileWanted(context, goneOf(caller)), index, segment, limit),
      );
    },
    async remove(name) {
      await remove(parseName('segment', name));
    },
    async close() {
      await Promise.all([few.threads.close(), many.threads.close(), index.close()]);
    },
  };
}

/** Where estimations of several sets wait, and where they run. */
interface Several {
  queue: FairQueue;
  threads: EstimationThreads;
}

/** A value that is not an array counts as length 0 here; the parser refuses it. */
function lengthOf(segments: unknown): number {
  return Array.isArray(segments) ? segments.length : 0;
}
