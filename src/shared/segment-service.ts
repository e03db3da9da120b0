import type { Caller } from './caller.js';
import type { Count } from './count.js';
import { Failure } from './failure.js';
import { createFairQueue } from './fair-queue.js';
import { createGroupCommit, type GroupCommit, type GroupCommitEvents } from './group-commit.js';
import { MAX_COUNTS, MAX_WINDOW_DAYS, type Membership } from './membership.js';
import { groupMemberships, type MembershipGroup } from './membership-groups.js';
import type { Tracing } from './tracing/tracing.js';
import type { Window } from './window.js';

/** Where memberships are kept and counted, many at a time. ES has Redis for it, USS has ES. */
export interface SegmentBackend {
  /**
   * Stores memberships. Once it resolves they are durable, all but those of days before the window
   * and of groups that were refused. Storing is idempotent, so what failed may be stored again.
   *
   * @param groups of at most 10,000 memberships in all
   * @throws Failure `unavailable` or `deadline` when it is not known to be stored
   */
  store(groups: readonly MembershipGroup[]): Promise<Window>;

  /**
   * Counts the different users of segments: estimates with a standard error of 0.81 %.
   *
   * @param segments valid segments, each named once; an unknown one counts 0
   * @param days how many UTC days, today included; the whole window when left out
   * @returns a count for each segment, or why that one cannot be counted
   * @throws Failure `invalid` when days are not 1 up to the window
   */
  count(segments: readonly string[], days?: number): Promise<ReadonlyMap<string, Count>>;
}

/**
 * What can be done with segments, one at a time or many. Of callers nobody waits behind what somebody else has lined up;
 * without one it is for the service itself.
 */
export interface SegmentService {
  /** Stores a membership together with whatever else is being stored. Throws as the backend does, and `unavailable` when too many wait. */
  store(membership: Membership, caller?: Caller): Promise<Window>;
  /** Stores at most 10,000 memberships as a batch of their own. Waits while some are on their way. Throws as `store` does. */
  storeBatch(groups: readonly MembershipGroup[], caller?: Caller): Promise<Window>;
  /** Counts a segment together with whatever else is being counted. */
  count(segment: string, days?: number): Promise<number>;
  /** Counts segments as a batch of their own, some at a time, or says why one cannot be. Throws `unavailable` when too many wait. */
  countBatch(
    segments: readonly string[],
    days?: number,
    caller?: Caller,
  ): Promise<ReadonlyMap<string, Count>>;
  /** Single memberships taken and not answered. */
  readonly queued: number;
}

export interface QueueOptions {
  /** Most memberships, and most counts, taken one by one and not answered; more are refused. */
  maxQueued: number;
  /** Most of them that travel together. */
  maxBatch: number;
  /** What callers are told apart by, for fair turns; all are one unless given. */
  nameOf?: (caller: Caller) => string;
}

/** Full batches on their way: one being stored while the next is made, and some to even out. */
const IN_FLIGHT = 4;

/** Batches that wait for one of those to come back; some 150 MiB of the largest. */
const MAX_WAITING_BATCHES = 100;

/** Segments counted together, so that others get their turn: some 25 ms of Redis where nobody has counted them today. */
const COUNTED_TOGETHER = 100;

/** Counts of many segments that wait for their turn, of one client and of all. */
const MAX_WAITING_COUNTS_EACH = 100;
const MAX_WAITING_COUNTS = 400;

/**
 * Does single requests in groups, so that the cost of a call is shared by all that are waiting.
 *
 * @param events told of the groups of memberships
 * @param tracing makes a span of each group
 */
export function createSegmentService(
  backend: SegmentBackend,
  { maxQueued, maxBatch, nameOf = () => '' }: QueueOptions,
  events: GroupCommitEvents = {},
  tracing?: Tracing,
): SegmentService {
  const limits = {
    maxBatch: Math.min(maxBatch, MAX_COUNTS),
    maxInFlight: IN_FLIGHT,
    maxQueued,
    origin: tracing?.active,
  };
  /** A group is part of the trace of its first request, and linked to those of the others. */
  const traced = <T>(name: string, [parent, ...links]: string[], work: () => Promise<T>) =>
    tracing === undefined ? work() : tracing.run(name, { kind: 'internal', parent, links }, work);
  const stores = createGroupCommit({
    ...limits,
    ...events,
    maxBatch,
    send: (memberships: Membership[], origins) =>
      traced('store group', origins, () => backend.store(groupMemberships(memberships))),
  });
  // Counts over different days never share a call, so that days one client may not ask for fail no other.
  const counts = new Map<
    number | undefined,
    GroupCommit<string, Awaited<ReturnType<SegmentBackend['count']>>>
  >();
  const countsOver = (days: number | undefined) => {
    let commit = counts.get(days);
    if (commit === undefined) {
      commit = createGroupCommit({
        ...limits,
        send: (segments: string[], origins) =>
          traced('count group', origins, () => backend.count([...new Set(segments)], days)),
      });
      counts.set(days, commit);
    }
    return commit;
  };
  const batches = createFairQueue({
    atOnce: IN_FLIGHT,
    maxWaitingEach: MAX_WAITING_BATCHES,
    maxWaiting: MAX_WAITING_BATCHES,
    nameOf,
  });
  const manyCounts = createFairQueue({
    atOnce: IN_FLIGHT,
    maxWaitingEach: MAX_WAITING_COUNTS_EACH,
    maxWaiting: MAX_WAITING_COUNTS,
    nameOf,
  });

  return {
    store: (membership) => stores.commit(membership),
    storeBatch: (groups, caller) => batches(caller, () => backend.store(groups)),
    async count(segment, days) {
      const answer = await (isCountable(days)
        ? countsOver(days).commit(segment)
        : backend.count([segment], days));
      const count = answer.get(segment) ?? 0;
      if (count instanceof Failure) throw count;
      return count;
    },
    async countBatch(segments, days, caller) {
      const names = [...new Set(segments)];
      const all = new Map<string, Count>();
      for (let from = 0; from < names.length; from += COUNTED_TOGETHER) {
        const some = names.slice(from, from + COUNTED_TOGETHER);
        const counts = await manyCounts(caller, () => backend.count(some, days));
        for (const [segment, count] of counts) all.set(segment, count);
      }
      return all;
    },

    get queued() {
      return stores.queued;
    },
  };
}

/** Whether days could be right, as far as can be said without knowing the window. */
function isCountable(days: number | undefined): boolean {
  return days === undefined || (days >= 1 && days <= MAX_WINDOW_DAYS);
}
