import type { Caller } from '../auth/caller.js';
import type { Membership } from '../domain/membership.js';
import {
  bytesOf,
  countMemberships,
  groupAll,
  type MembershipGroup,
  type Stored,
} from '../domain/membership-groups.js';
import { ownWindow, type Window } from '../domain/window.js';
import { createFairQueue, createSinglesQueue } from '../limits/fair-queue.js';
import { shareOfHeap } from '../limits/heap.js';
import {
  BATCHES_IN_FLIGHT,
  GROUPS_BEGUN,
  LARGE_BESIDE_SMALL,
  MAX_WAITING_BATCHES,
} from '../limits/in-flight.js';
import { NO_TRACING, type Tracing } from '../telemetry/tracing/tracing.js';
import { type CountAll, type Counting, createCounting } from './counting.js';
import { createGroupCommit, type GroupCommitEvents } from './group-commit.js';

/** Stores and counts memberships, many at a time: Redis for ES, ES for USS. */
export interface SegmentBackend {
  /**
   * Stores memberships. When it resolves they are durable, except those of days before the window and of refused groups.
   * Storing is idempotent, so after a failure the same memberships may be stored again.
   *
   * @param groups of at most 10,000 memberships in all
   * @throws Failure `unavailable` or `deadline` if it is unknown whether they are stored
   */
  store(groups: readonly MembershipGroup[]): Promise<Window>;

  /**
   * Counts the different users of segments: estimates with a standard error of 0.81 %.
   *
   * @param segments valid segments, each named once; an unknown one counts 0
   * @param days how many UTC days, today included; the whole window when left out
   * @returns for each segment its count, or why it cannot be counted
   * @throws Failure `invalid` if `days` is not between 1 and the length of the window
   */
  count: CountAll;
}

/**
 * Stores and counts memberships, one at a time or many; each client has its fair share. Without a caller, a call is from
 * the service itself.
 */
export interface SegmentService extends Counting {
  /**
   * Stores a membership together with others that are stored now.
   *
   * @throws as the backend does, and Failure `unavailable` if too many wait
   */
  store(membership: Membership, caller?: Caller): Promise<Window>;
  /**
   * Stores at most 10,000 memberships. A small batch leaves together with others and with single memberships; one that is
   * larger than a group leaves alone, as soon as there is room for it.
   *
   * @returns the window, with refusals of its own segments only
   * @throws as `store` does
   */
  storeBatch(groups: readonly MembershipGroup[], caller?: Caller): Promise<Window>;
  /** The number of single memberships that were accepted and are not answered yet. */
  readonly queued: number;
}

export interface QueueOptions {
  /** Maximum of single memberships, and of single counts, that are not answered yet; more are refused. */
  maxQueued: number;
  /** Maximum of memberships, and of counts, in one group. A larger batch leaves alone. */
  maxBatch: number;
  /** The name of a client; callers of one name share one line. @default one name for all */
  nameOf?: (caller: Caller) => string;
}

/** The events of memberships on their way into groups, for their metrics. */
export interface QueueEvents extends GroupCommitEvents {
  /** A single membership is refused because too many wait. */
  onRefused?: () => void;
}

/**
 * Puts single requests and small batches into groups, so that requests that wait share the cost of a call.
 *
 * @param events called for the groups of memberships
 * @param tracing makes a span for each group
 */
export function createSegmentService(
  backend: SegmentBackend,
  { maxQueued, maxBatch, nameOf = () => '' }: QueueOptions,
  events: QueueEvents = {},
  tracing: Tracing = NO_TRACING,
): SegmentService {
  const stores = createGroupCommit({
    maxBatch,
    maxInFlight: BATCHES_IN_FLIGHT,
    tracing,
    name: 'store group',
    onLeave: events.onLeave,
    send: (items: Stored[]) => backend.store(groupAll(items)),
  });
  const singles = createSinglesQueue({
    maxQueued,
    atOnce: GROUPS_BEGUN * maxBatch,
    nameOf,
    onRefused: events.onRefused,
  });
  const waitingBatches = {
    maxWaiting: MAX_WAITING_BATCHES,
    maxWaitingBytes: shareOfHeap(),
    nameOf,
  };
  const small = createFairQueue({ ...waitingBatches, atOnce: GROUPS_BEGUN * maxBatch });
  const large = createFairQueue({
    ...waitingBatches,
    atOnce: () => (stores.isIdle ? BATCHES_IN_FLIGHT : LARGE_BESIDE_SMALL),
  });
  const counting = createCounting(backend.count, {
    maxQueued,
    maxBatch,
    nameOf,
    tracing,
  });

  return {
    store: (membership, caller) => singles.run(caller, () => stores.commit(membership)),
    async storeBatch(groups, caller) {
      const size = countMemberships(groups);
      const bytes = bytesOf(groups);
      // A batch without memberships only asks whether the backend may store.
      if (size === 0 || size > maxBatch) {
        return large.run(caller, () => backend.store(groups), { bytes });
      }
      const window = await small.run(caller, () => stores.commit(groups, size), { size, bytes });
      return ownWindow(window, groups);
    },
    count: counting.count,
    countBatch: counting.countBatch,

    get queued() {
      return singles.taken;
    },
  };
}
