import { Cluster } from 'ioredis';
import type { Failure } from '../../shared/failure.js';
import type { MembershipGroup } from '../../shared/membership-groups.js';
import type { RedisClient } from './connection.js';
import { createMemory, type Memory } from './memory.js';
import { batches, type StoredGroup } from './remembered.js';
import {
  namedPrimaries,
  type Primary,
  readReplication,
  replicatedPrimaries,
} from './replication.js';

export interface ReplayOptions {
  redis: RedisClient;
  /** How Redis runs. With Sentinel a primary always has replicas. */
  mode: string;
  /** Most bytes that are kept for what no replica has. */
  maxBytes: number;
  /** Whether at that bound the oldest is forgotten; if not, nothing more is stored until a replica has it. */
  goesOn: boolean;
  /** The clock, in milliseconds. */
  now: () => number;
  /** Stores groups of at most 10,000 memberships in all. @returns why some are not known to be stored */
  store: (groups: readonly StoredGroup[]) => Promise<ReadonlyMap<MembershipGroup, Failure>>;
  /** Told how many memberships were stored again. */
  onReplayed: (memberships: number) => void;
  /** Told when the bound is met, and when there is room again. */
  onBound: (isMet: boolean) => void;
}

/** Stores again what a Redis that took over, or came back, may never have had. */
export interface Replay {
  /** What is remembered of the primary of a name. */
  memoryOf(primary: string): Memory;
  /** Forgets what was stored of a segment until some moment, in microseconds by the clock of Redis. */
  forgetSegment(segment: string, time: number): void;
  /**
   * Looks how far replication has come, and whether a server has taken over since the last look; if so stores again what
   * is remembered of the one before.
   *
   * @throws what Redis says; the next look tries again
   */
  look(): Promise<void>;
  /** The bytes that are kept for what no replica has, and memberships that were forgotten all the same since the start. */
  readonly atStake: { bytes: number; dropped: number };
}

/** Most deleted segments that are remembered; Redis remembers all for two days. */
const MAX_DELETED = 100_000;

interface Known {
  memory: Memory;
  /** The history of the server that was looked at last. */
  history?: string | undefined;
  /** Whether another has taken over, and has not all yet. */
  isLost: boolean;
}

/**
 * Replication is asynchronous, and even a write that WAIT has seen on a replica is lost when Sentinel promotes another
 * one. Storing is idempotent, so what was stored is remembered until replicas have it, and stored again on whatever
 * server has come to be the primary: an acknowledged membership is lost only if ES dies at the same time. Only what
 * changed a register is remembered: Redis had everything else before.
 */
export function createReplay(options: ReplayOptions): Replay {
  const { redis, mode, maxBytes, goesOn, now, store, onReplayed, onBound } = options;
  const known = new Map<string, Known>();
  const deleted = new Map<string, number>();
  let primaryCount = 1;
  let isBoundMet = false;
  let droppedBefore = 0;

  const knownOf = (name: string): Known => {
    let one = known.get(name);
    if (one === undefined) {
      const memory = createMemory({
        // Each has its share, so that one without replicas leaves room to the others.
        maxBytes: () => maxBytes / primaryCount,
        isReplicated: mode !== 'single',
        ...{ goesOn, now },
      });
      one = { memory, isLost: false };
      known.set(name, one);
    }
    return one;
  };
  const sum = (of: (memory: Memory) => number) =>
    Array.from(known.values()).reduce((total, { memory }) => total + of(memory), 0);

  async function lookAt(primary: Primary, replicated: Set<string> | undefined): Promise<void> {
    const one = knownOf(primary.name);
    const { memory } = one;
    const replication = await readReplication(primary);
    if (replication === undefined) {
      memory.isReplicated = false;
      return memory.forget([]);
    }
    const { history, offset, replicaOffsets } = replication;
    if (one.history !== undefined && one.history !== history) one.isLost = true;
    one.history = history;
    memory.online = replicaOffsets.length;
    if (mode === 'cluster') memory.isReplicated = replicated?.has(primary.name) ?? false;
    else memory.isReplicated ||= replicaOffsets.length > 0;
    if (one.isLost) return;
    memory.mark(offset);
    memory.forget(replicaOffsets);
  }

  async function restore(one: Known): Promise<void> {
    const left = one.memory.take();
    let stored = 0;
    try {
      for (const batch of batches(left, isDeleted)) {
        const failures = [...(await store(batch.groups)).values()];
        const away = failures.find(({ kind }) => kind === 'unavailable');
        if (away !== undefined) throw away;
        left.splice(0, batch.entries);
        stored += batch.groups.reduce((count, { userIds }) => count + userIds.length, 0);
      }
      one.isLost = false;
    } finally {
      one.memory.putBack(left);
    }
    onReplayed(stored);
  }

  const isDeleted = ({ segment, storedAt }: StoredGroup) => storedAt <= (deleted.get(segment) ?? 0);

  function tellOfBound(): void {
    const dropped = sum((memory) => memory.dropped);
    const isMet =
      dropped > droppedBefore || Array.from(known.values()).some(({ memory }) => memory.isFull());
    droppedBefore = dropped;
    if (isMet !== isBoundMet) onBound(isMet);
    isBoundMet = isMet;
  }

  return {
    memoryOf: (primary) => knownOf(primary).memory,

    forgetSegment(segment, time) {
      deleted.delete(segment);
      deleted.set(segment, time);
      const [oldest] = deleted.keys();
      if (deleted.size > MAX_DELETED) deleted.delete(oldest as string);
    },

    async look() {
      const primaries = namedPrimaries(redis);
      const replicated = redis instanceof Cluster ? await replicatedPrimaries(redis) : undefined;
      const looks = await Promise.allSettled(primaries.map((one) => lookAt(one, replicated)));
      if (primaries.length > 0) {
        primaryCount = primaries.length;
        const names = new Set(primaries.map(({ name }) => name));
        for (const [name, one] of known) if (!names.has(name)) one.isLost = true;
      }
      tellOfBound();
      for (const [name, one] of known) {
        if (!one.isLost) continue;
        await restore(one);
        if (!primaries.some((primary) => primary.name === name)) known.delete(name);
      }
      for (const look of looks) if (look.status === 'rejected') throw look.reason;
    },

    get atStake() {
      return {
        bytes: sum((memory) => memory.bytesAtStake()),
        dropped: sum((memory) => memory.dropped),
      };
    },
  };
}
