import { Failure } from '../../shared/failure.js';
import { MAX_BATCH } from '../../shared/membership.js';
import type { MembershipGroup } from '../../shared/membership-groups.js';
import { unpackMemberships } from '../../shared/packed-memberships.js';
import { ownerOf, type RedisClient } from './connection.js';
import type { Keys } from './keys.js';
import { createMemory, type Memory, type MemoryLimits, type RememberedBatch } from './memory.js';
import { type Replication, readReplications } from './replication.js';

export interface ReplayOptions extends Pick<MemoryLimits, 'maxBytes' | 'dropsOldest'> {
  redis: RedisClient;
  keys: Keys;
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
  /** Told how many memberships were stored again. */
  onReplayed: (memberships: number) => void;
}

/** Stores again what a Redis that took over, or came back, may never have had. */
export interface Replay {
  /** @throws Failure `unavailable` when no replica of a primary has what is remembered of it, and there is no room for more */
  checkRoom(owner: string): void;
  /** Remembers what was stored on a primary. @param time in microseconds by the clock of Redis */
  remember(owner: string, groups: readonly MembershipGroup[], time: number): void;
  /** Whether a primary has replicas, connected or not, as far as was seen. */
  hasReplicas(owner: string): boolean;
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

interface Primary {
  memory: Memory;
  identity: string | undefined;
  hadReplicas: boolean;
}

/**
 * Replication is asynchronous, and even a write that WAIT has seen on a replica is lost when Sentinel promotes another
 * one. Storing is idempotent, so what changed a register is remembered until replicas have it, and is stored again on
 * whatever server has come to be the primary: an acknowledged membership is lost only if ES dies at the same time.
 */
export function createReplay(options: ReplayOptions): Replay {
  const { redis, keys, maxBytes, dropsOldest, expectsReplicas, store, now, onReplayed } = options;
  const primaries = new Map<string, Primary>();

  const primaryOf = (owner: string): Primary => {
    let primary = primaries.get(owner);
    if (primary === undefined) {
      const memory = createMemory({ maxBytes, dropsOldest, keepMs: KEEP_MS });
      primary = { memory, identity: undefined, hadReplicas: false };
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
          const groups = await withoutDeleted(some);
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

  /** The groups of some batches, with their times, but those whose segments were deleted since. */
  async function withoutDeleted(
    batches: readonly RememberedBatch[],
  ): Promise<[groups: MembershipGroup[], time: number][]> {
    const unpacked = batches.map(
      ({ packed, time }) => [unpackMemberships(packed, Number.POSITIVE_INFINITY), time] as const,
    );
    const segments = [...new Set(unpacked.flatMap(([groups]) => groups.map((one) => one.segment)))];
    const deletions = await Promise.all(
      segments.map((segment) => redis.get(keys.tombstone(segment))),
    );
    const deletedAt = new Map(segments.map((segment, at) => [segment, Number(deletions[at] ?? 0)]));
    return unpacked.map(([groups, time]) => [
      groups.filter(({ segment }) => time > (deletedAt.get(segment) ?? 0)),
      time,
    ]);
  }

  return {
    checkRoom(owner) {
      if (!dropsOldest && primaries.get(owner)?.memory.isFull) throw unreplicated();
    },
    remember: (owner, groups, time) => primaryOf(owner).memory.remember(groups, time),
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
      const found = await readReplications(redis);
      const stale = [...primaries].filter(([owner, primary]) => isStale(owner, primary, found));
      let stored = 0;
      for (const [owner, primary] of stale) {
        stored += await replay(primary);
        if (!found.some((one) => one.owner === owner)) primaries.delete(owner);
      }
      for (const replication of found) {
        const primary = primaryOf(replication.owner);
        primary.hadReplicas ||= replication.hasReplicas;
        const belong = expectsReplicas || primary.hadReplicas;
        primary.memory.endLook(replication, belong && replication.identity !== undefined);
        primary.identity = replication.identity;
      }
      if (stale.length > 0) onReplayed(stored);
    },
  };
}

/** Whether a primary is another one than at the last look, or none any more. */
function isStale(owner: string, { identity }: Primary, found: readonly Replication[]): boolean {
  const now = found.find((one) => one.owner === owner);
  if (now === undefined) return found.length > 0;
  return identity !== undefined && now.identity !== undefined && identity !== now.identity;
}

/** As many of the oldest batches as make one call. */
function takeSome(batches: RememberedBatch[]): RememberedBatch[] {
  let memberships = 0;
  let count = 0;
  for (const batch of batches) {
    if (count > 0 && memberships + batch.memberships > MAX_BATCH) break;
    memberships += batch.memberships;
    count += 1;
  }
  return batches.splice(0, count);
}

function unreplicated(): Failure {
  return new Failure(
    'unavailable',
    'no replica of the store has what it was given last, and no more is taken until one has; try again',
  );
}
