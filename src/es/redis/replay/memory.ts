import type { MembershipGroup } from '../../../domain/membership-groups.js';
import { bytesOf, measure, type RememberedBatch, type Sized, toBatch } from './remembered.js';
import type { Replication } from './replication.js';

export interface MemoryLimits {
  /** Maximum of memory for memberships that are on no replica yet, or that may still be stored, in bytes. */
  maxBytes: number;
  /** How long everything is remembered, even if replicas have it, in milliseconds. */
  keepMs: number;
  /** Whether the oldest memberships are forgotten if there is no room. Otherwise the caller has to refuse new ones. */
  dropsOldest: boolean;
}

/** Remembers the memberships that were stored on a primary, as long as they may have to be stored again. */
export interface Memory {
  readonly isEmpty: boolean;
  /** About how many bytes are on no replica; 0 if the primary should have no replicas. */
  readonly unreplicatedBytes: number;
  /** Whether there is no room for more memberships. */
  readonly isFull: boolean;
  /** How many memberships were forgotten although no replica had them. */
  readonly dropped: number;
  /** @param time when they were stored, in microseconds by the clock of Redis */
  remember(groups: readonly MembershipGroup[], time: number): void;
  /**
   * Remembers groups that Redis has not confirmed: they may have been stored, or may still be stored.
   *
   * @param until when they can no longer be stored, by the monotonic clock
   */
  doubt(groups: readonly MembershipGroup[], time: number, until: number): void;
  /** To be called before the primary is asked for the state of its replication. */
  beginLook(): void;
  /** Takes the answer, and forgets the memberships that replicas have. */
  endLook(replication: Replication, hasReplicas: boolean): void;
  /** Takes everything out of the memory. */
  takeAll(): RememberedBatch[];
  /** Puts back batches that were taken, as the oldest ones. */
  putBack(batches: readonly RememberedBatch[]): void;
}

interface Kept extends Sized {
  /** Its position in the order in which batches were acknowledged. */
  sequence: number;
}

interface Doubt extends Sized {
  /** Until when it may still be stored, by the monotonic clock. */
  until: number;
}

/** Every batch up to `sequence` is within the first `offset` bytes of the writes of the primary. */
interface Mark {
  sequence: number;
  offset: number;
}

/**
 * Each look asks the primary how many bytes of writes it has. A batch is on a replica when the replica has acknowledged the
 * number of bytes of the first look after the batch was acknowledged. All connected replicas must have it; when half of the
 * room is used, one replica is enough.
 */
export function createMemory({ maxBytes, keepMs, dropsOldest }: MemoryLimits): Memory {
  let kept: Kept[] = [];
  let doubts: Doubt[] = [];
  let marks: Mark[] = [];
  let last = 0;
  let lookedAt = 0;
  let replicated = 0;
  let bytes = 0;
  let hasReplicas = false;
  let dropped = 0;

  const isSafe = ({ sequence }: Kept) => !hasReplicas || sequence <= replicated;
  /** Counts the oldest batches that need not be remembered any more. */
  const countForgettable = () => {
    const oldest = performance.now() - keepMs;
    let left = bytes;
    let count = 0;
    for (const batch of kept) {
      if (!isSafe(batch) || (batch.since >= oldest && left <= maxBytes / 2)) break;
      left -= batch.bytes;
      count += 1;
    }
    return count;
  };
  const forget = (count: number) => {
    // All in one removal: each removal at the front moves the rest.
    for (const batch of kept.splice(0, count)) bytes -= batch.bytes;
  };
  const unreplicated = () =>
    hasReplicas
      ? kept.reduce((sum, one) => sum + (isSafe(one) ? 0 : one.bytes), bytesOf(doubts))
      : 0;
  const add = (batch: RememberedBatch): Kept => {
    last += 1;
    const sized = measure(batch);
    bytes += sized.bytes;
    return { ...sized, sequence: last };
  };
  const dropOldest = () => {
    const keptSince = kept[0]?.since ?? Number.POSITIVE_INFINITY;
    const oldest = keptSince <= (doubts[0]?.since ?? Number.POSITIVE_INFINITY) ? kept : doubts;
    for (const batch of oldest.splice(0, Math.ceil(oldest.length / 20))) {
      bytes -= batch.bytes;
      dropped += batch.memberships;
    }
  };
  const makeRoom = () => {
    if (bytes < maxBytes) return;
    forget(countForgettable());
    while (dropsOldest && bytes > maxBytes && kept.length + doubts.length > 1) dropOldest();
  };

  return {
    get isEmpty() {
      return kept.length + doubts.length === 0;
    },
    get unreplicatedBytes() {
      return unreplicated();
    },
    get isFull() {
      return bytes >= maxBytes;
    },
    get dropped() {
      return dropped;
    },
    remember(groups, time) {
      kept.push(add(toBatch(groups, time)));
      makeRoom();
    },
    doubt(groups, time, until) {
      const doubt = { ...measure(toBatch(groups, time)), until };
      doubts.push(doubt);
      bytes += doubt.bytes;
      makeRoom();
    },
    beginLook() {
      // A write that may still arrive could come after the offset of this look, so the batch stays in doubt.
      const now = performance.now();
      const over = doubts.filter(({ until }) => until <= now);
      doubts = doubts.filter(({ until }) => until > now);
      bytes -= bytesOf(over);
      for (const batch of over) kept.push(add(batch));
      lookedAt = last;
    },
    endLook({ offset, replicas }, shouldHaveReplicas) {
      hasReplicas = shouldHaveReplicas;
      marks.push({ sequence: lookedAt, offset });
      const isOneEnough = bytes > maxBytes / 2;
      const acknowledged =
        replicas.length === 0 ? -1 : isOneEnough ? Math.max(...replicas) : Math.min(...replicas);
      for (const mark of marks) {
        if (mark.offset <= acknowledged) replicated = Math.max(replicated, mark.sequence);
      }
      marks = marks.filter((mark) => mark.offset > acknowledged);
      forget(countForgettable());
    },
    takeAll() {
      const batches = [...kept, ...doubts];
      kept = [];
      doubts = [];
      marks = [];
      bytes = 0;
      return batches;
    },
    putBack(batches) {
      const back = batches.map(add);
      kept = [...back, ...kept];
    },
  };
}
