import { Failure } from '../../../domain/failure.js';
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
  /** Whether replicas belong to the deployment although none may be seen: with Sentinel. */
  expectsReplicas: boolean;
  /**
   * Stores groups of at most 10,000 memberships again, but those whose segments were deleted after a time.
   *
   * @param since in microseconds by the clock of Redis
   */
  store: (groups: readonly MembershipGroup[], since: number) => Promise<void>;
  /** The clock of Redis, in milliseconds. */
  now: () => number;
  /** How long Redis may take to answer, in milliseconds; what it comes to later it leaves undone. */
  timeoutMs: number;
  /** Told how many memberships were stored again. */
  onReplayed: (memberships: number) => void;
}

/** Stores again what a Redis that took over, or came back, may never have had. */
export interface Replay {
  /** @throws Failure `unavailable` when no replica of a primary has what is remembered of it, and there is no room for more */
  checkRoom(owner: string): void;
  /** Remembers what was stored on a primary. @param time in microseconds by the clock of Redis */
  remember(owner: string, groups: readonly MembershipGroup[], time: number): void;
  /** Remembers what may have been stored on a primary, as nobody has answered. */
  doubt(owner: string, groups: readonly MembershipGroup[]): void;
  /** Whether a primary has replicas, connected or not, as far as was seen. */
  hasReplicas(owner: string): boolean;
  /** How many of them were connected at the last look; undefined where there was none. */
  connectedReplicas(owner: string): number | undefined;
  /** Bytes that no replica has, where there should be one, and memberships that were forgotten all the same. */
  atStake(): { bytes: number; dropped: number };
  /**
   * Looks whether a server has taken over since the last look, and if so stores again what is remembered.
   *
   * @throws what Redis says; the next look tries again
   */
  look(): Promise<void>;
}

/** Longer than a Cluster takes to replace a primary, while those beside it go on; and than a disk may lag behind. */
const KEEP_MS = 30_000;

/** How far apart clocks may be, for what may yet be carried out. */
const CLOCKS_MS = 3_000;

interface Primary {
  memory: Memory;
  identity: string | undefined;
  hadReplicas: boolean;
  connected: number | undefined;
}

/**
 * Replication is asynchronous, and even a write that WAIT has seen on a replica is lost when Sentinel promotes another
 * one. Storing is idempotent, so what changed a register is remembered until replicas have it, and is stored again on
 * whatever server has come to be the primary: an acknowledged membership is lost only if ES dies at the same time.
 */
export function createReplay(options: ReplayOptions): Replay {
  const { redis, keys, maxBytes, dropsOldest, expectsReplicas, store, onReplayed } = options;
  const { now, timeoutMs, deletions } = options;
  const primaries = new Map<string, Primary>();

  const primaryOf = (owner: string): Primary => {
    let primary = primaries.get(owner);
    if (primary === undefined) {
      const memory = createMemory({ maxBytes, dropsOldest, keepMs: KEEP_MS });
      primary = { memory, identity: undefined, hadReplicas: false, connected: undefined };
      primaries.set(owner, primary);
    }
    return primary;
  };
  const remember = (groups: readonly MembershipGroup[], time: number) => {
    const byOwner = new Map<string, MembershipGroup[]>();
    for (const group of groups) {
      const owner = ownerOf(redis, keys.prefix(group.segment));
      const own = byOwner.get(owner);
      if (own === undefined) byOwner.set(owner, [group]);
      else own.push(group);
    }
    for (const [owner, own] of byOwner) primaryOf(owner).memory.remember(own, time);
  };

  /** Stores again what a primary had, which is then remembered of whoever has taken over. */
  async function replay({ memory }: Primary): Promise<number> {
    const left = memory.takeAll();
    let stored = 0;
    try {
      while (left.length > 0) {
        const some = takeSome(left);
        try {
          const since = Math.floor(now() * 1_000);
          const groups = await deletions.leaveOut(some);
          const all = groups.flatMap(([group]) => group);
          if (all.length > 0) await store(all, since);
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
      // By the latest moment, as it may be what was stored after a deletion.
      const time = Math.floor((now() + timeoutMs) * 1_000);
      const until = performance.now() + timeoutMs + CLOCKS_MS;
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
        // What was on its way to it may have been answered, or given up, while that was stored.
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

/** Whether a primary is another one than at the last look, as far as it has told. */
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
