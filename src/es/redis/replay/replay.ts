import { Failure } from '../../../domain/failure.js';
import { getOrCreate } from '../../../domain/get-or-create.js';
import type { MembershipGroup } from '../../../domain/membership-groups.js';
import { ownerOf, type RedisClient } from '../client.js';
import type { Keys } from '../keys.js';
import type { Deletions } from './deletions.js';
import { createMemory, type Memory, type MemoryLimits } from './memory.js';
import { takeSome } from './remembered.js';
import { type Replication, readReplications } from './replication.js';

export interface ReplayOptions extends Pick<MemoryLimits, 'maxBytes' | 'dropsOldest'> {
  redis: RedisClient;
  keys: Keys;
  deletions: Deletions;
  /** Whether primaries should have replicas even if ES has seen none. This is so with Sentinel. */
  expectsReplicas: boolean;
  /**
   * Stores groups of at most 10,000 memberships again, without segments that were deleted after `since`.
   *
   * @param since in microseconds by the clock of Redis
   */
  store: (groups: readonly MembershipGroup[], since: number) => Promise<void>;
  /** The clock of Redis, in milliseconds. */
  now: () => number;
  /** How long Redis may take to answer, in milliseconds. Redis does not run a script that arrives later. */
  timeoutMs: number;
  /** Called with how many memberships were stored again. */
  onReplayed: (memberships: number) => void;
}

/** Stores again the memberships that a new primary, or one that came back, may lack. */
export interface Replay {
  /** @throws Failure `unavailable` if there is no room to remember more writes of a primary */
  checkRoom(owner: string): void;
  /**
   * Remembers the groups that were stored on a primary.
   *
   * @param time when it was stored, in microseconds by the clock of Redis
   */
  remember(owner: string, groups: readonly MembershipGroup[], time: number): void;
  /** Remembers groups that may have been stored on a primary that has not answered. */
  doubt(owner: string, groups: readonly MembershipGroup[]): void;
  /** Whether a primary has replicas, connected or not, as far as ES has ever seen. */
  hasReplicas(owner: string): boolean;
  /** How many replicas were connected at the last look; undefined before the first look. */
  connectedReplicas(owner: string): number | undefined;
  /**
   * How many bytes are remembered because no replica has them, and how many memberships were forgotten although no replica
   * had them.
   */
  atStake(): { bytes: number; dropped: number };
  /**
   * Finds out whether a primary was replaced since the last look. If so, stores the remembered memberships again.
   *
   * @throws the error of Redis; the next look tries again
   */
  look(): Promise<void>;
}

/**
 * How long everything is remembered: longer than a Cluster takes to replace a primary, and longer than a disk may lag
 * behind.
 */
const KEEP_MS = 30_000;

/** How much later than its deadline a script may run, because clocks differ. */
const CLOCK_MARGIN_MS = 3_000;

interface Primary {
  memory: Memory;
  /** As of the last look. */
  identity: string | undefined;
  hadReplicas: boolean;
  /** How many replicas were connected at the last look. */
  connected: number | undefined;
}

/**
 * Replication is asynchronous, and even a write that WAIT has seen on a replica is lost when Sentinel promotes another
 * replica. Storing is idempotent, so ES remembers memberships that changed a register until replicas have them, and stores
 * them again on the new primary. An acknowledged membership is lost only if ES dies at the same time.
 */
export function createReplay(options: ReplayOptions): Replay {
  const { redis, keys, maxBytes, dropsOldest, expectsReplicas, store, onReplayed } = options;
  const { now, timeoutMs, deletions } = options;
  const primaries = new Map<string, Primary>();

  const primaryOf = (owner: string): Primary =>
    getOrCreate(primaries, owner, () => ({
      memory: createMemory({ maxBytes, dropsOldest, keepMs: KEEP_MS }),
      identity: undefined,
      hadReplicas: false,
      connected: undefined,
    }));
  const remember = (groups: readonly MembershipGroup[], time: number) => {
    const byOwner = new Map<string, MembershipGroup[]>();
    for (const group of groups) {
      const owner = ownerOf(redis, keys.prefix(group.segment));
      getOrCreate(byOwner, owner, () => []).push(group);
    }
    for (const [owner, own] of byOwner) primaryOf(owner).memory.remember(own, time);
  };

  /** Stores again the memberships that a primary had. They are then remembered for the primary that has them now. */
  async function replay({ memory }: Primary): Promise<number> {
    const left = memory.takeAll();
    let stored = 0;
    try {
      while (left.length > 0) {
        const some = takeSome(left);
        try {
          const since = Math.floor(now() * 1_000);
          const groups = await deletions.leaveOut(some);
          const together = groups.flatMap(([group]) => group);
          if (together.length > 0) await store(together, since);
          for (const [own, time] of groups) remember(own, time);
        } catch (error) {
          left.unshift(...some);
          throw error;
        }
        stored += some.reduce((sum, { memberships }) => sum + memberships, 0);
      }
    } finally {
      memory.putBack(left);
    }
    return stored;
  }

  return {
    checkRoom(owner) {
      if (!dropsOldest && primaries.get(owner)?.memory.isFull) throw unreplicated();
    },
    remember: (owner, groups, time) => primaryOf(owner).memory.remember(groups, time),
    doubt(owner, groups) {
      // The latest time at which it may be stored: it may arrive after a deletion, and then it is not deleted.
      const time = Math.floor((now() + timeoutMs) * 1_000);
      const until = performance.now() + timeoutMs + CLOCK_MARGIN_MS;
      primaryOf(owner).memory.doubt(groups, time, until);
    },
    connectedReplicas: (owner) => primaries.get(owner)?.connected,
    hasReplicas: (owner) => primaryOf(owner).hadReplicas,
    atStake() {
      const memories = Array.from(primaries.values(), ({ memory }) => memory);
      return {
        bytes: memories.reduce((sum, { unreplicatedBytes }) => sum + unreplicatedBytes, 0),
        dropped: memories.reduce((sum, { dropped }) => sum + dropped, 0),
      };
    },

    async look() {
      for (const { memory } of primaries.values()) memory.beginLook();
      const { found, owners, errors } = await readReplications(redis);
      const stale = [...primaries].filter(([owner, primary]) =>
        owners.has(owner) ? isAnother(owner, primary, found) : owners.size > 0,
      );
      let stored = 0;
      for (const [owner, primary] of stale) {
        stored += await replay(primary);
        // Requests to the old primary may have been answered or given up meanwhile. Then their memberships are remembered
        // too.
        if (!owners.has(owner) && primary.memory.isEmpty) primaries.delete(owner);
      }
      for (const replication of found) {
        const primary = primaryOf(replication.owner);
        primary.hadReplicas ||= replication.hasReplicas;
        primary.connected = replication.replicas.length;
        const belong = expectsReplicas || primary.hadReplicas;
        primary.memory.endLook(replication, belong && replication.identity !== undefined);
        primary.identity = replication.identity;
      }
      if (stale.length > 0) onReplayed(stored);
      if (errors.length > 0) throw errors[0];
    },
  };
}

/** Whether a primary is another server than at the last look, as far as its answer shows. */
function isAnother(owner: string, { identity }: Primary, found: readonly Replication[]): boolean {
  const now = found.find((one) => one.owner === owner)?.identity;
  return identity !== undefined && now !== undefined && identity !== now;
}

function unreplicated(): Failure {
  return new Failure(
    'unavailable',
    'no replica of the store has what it was given last, and no more is taken until one has; try again',
  );
}
