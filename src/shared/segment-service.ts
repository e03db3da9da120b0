import pLimit from 'p-limit';
import { Failure } from './failure.js';
import { createGroupCommit, type GroupCommit, type GroupCommitEvents } from './group-commit.js';
import { MAX_COUNTS, MAX_WINDOW_DAYS, type Membership, type StoreOutcome } from './membership.js';
import { groupMemberships, type MembershipGroup } from './membership-groups.js';
import type { Tracing } from './tracing/tracing.js';

/** Where memberships are kept and counted, many at a time. ES has Redis for it, USS has ES. */
export interface SegmentBackend {
  /**
   * Stores memberships. Once it resolves they are durable, all but those of days before the window
   * and of groups that were refused. Storing is idempotent, so what failed may be stored again.
   *
   * @param groups of at most 10,000 memberships in all
   * @throws Failure `unavailable` or `deadline` when it is not known to be stored
   */
  store(groups: readonly MembershipGroup[]): Promise<StoreOutcome>;

  /**
   * Counts the different users of segments: estimates with a standard error of 0.81 %.
   *
   * @param segments valid segments, each named once; an unknown one counts 0
   * @param days how many UTC days, today included; the whole window when left out
   * @returns a count for each segment
   * @throws Failure `invalid` when days are not 1 up to the window
   */
  count(segments: readonly string[], days?: number): Promise<ReadonlyMap<string, number>>;
}

/** What can be done with segments, one at a time or many. */
export interface SegmentService {
  /** Stores a membership together with whatever else is being stored. Throws as the backend does, and `unavailable` when too many wait. */
  store(membership: Membership): Promise<StoreOutcome>;
  /** Stores at most 10,000 memberships as a batch of their own. Waits while some are on their way. Throws as `store` does. */
  storeBatch(groups: readonly MembershipGroup[]): Promise<StoreOutcome>;
  /** Counts a segment together with whatever else is being counted. */
  count(segment: string, days?: number): Promise<number>;
  /** Counts segments as a batch of their own. */
  countBatch(segments: readonly string[], days?: number): Promise<ReadonlyMap<string, number>>;
  /** Single memberships taken and not answered. */
  readonly queued: number;
}

export interface QueueLimits {
  /** Most memberships, and most counts, taken one by one and not answered; more are refused. */
  maxQueued: number;
  /** Most of them that travel together. */
  maxBatch: number;
}

/** Full batches on their way: one being stored while the next is made, and some to even out. */
const IN_FLIGHT = 4;

/** Batches that wait for one of those to come back; some 150 MiB of the largest. */
const MAX_WAITING_BATCHES = 100;

/**
 * Does single requests in groups, so that the cost of a call is shared by all that are waiting.
 *
 * @param events told of the groups of memberships
 * @param tracing makes a span of each group
 */
export function createSegmentService(
  backend: SegmentBackend,
  { maxQueued, maxBatch }: QueueLimits,
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
  const batches = pLimit(IN_FLIGHT);

  return {
    store: (membership) => stores.commit(membership),
    async storeBatch(groups) {
      if (batches.pendingCount >= MAX_WAITING_BATCHES) {
        throw new Failure(
          'unavailable',
          `overloaded: ${MAX_WAITING_BATCHES} batches are waiting; try again`,
        );
      }
      return batches(() => backend.store(groups));
    },
    async count(segment, days) {
      const answer = await (isCountable(days)
        ? countsOver(days).commit(segment)
        : backend.count([segment], days));
      return answer.get(segment) ?? 0;
    },
    countBatch: (segments, days) => backend.count([...new Set(segments)], days),

    get queued() {
      return stores.queued;
    },
  };
}

/** Whether days could be right, as far as can be said without knowing the window. */
function isCountable(days: number | undefined): boolean {
  return days === undefined || (days >= 1 && days <= MAX_WINDOW_DAYS);
}
