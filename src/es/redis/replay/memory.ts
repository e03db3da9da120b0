import type { MembershipGroup } from '../../../domain/membership-groups.js';
import { bytesOf, measure, type RememberedBatch, type Sized, toBatch } from './remembered.js';
import type { Replication } from './replication.js';

export interface MemoryLimits {
  /** Most bytes that are remembered and on no replica yet, or may yet be stored. */
  maxBytes: number;
  /** How long all is remembered, in milliseconds, whether or not replicas have it. */
  keepMs: number;
  /** Whether the oldest are forgotten where there is no room, rather than more be kept; who asks refuses more then. */
  dropsOldest: boolean;
}

/** What was stored on a primary, as long as it may be needed again. */
export interface Memory {
  /** Whether nothing is remembered. */
  readonly isEmpty: boolean;
  /** Bytes, about, of what no replica has, where there should be one. */
  readonly unreplicatedBytes: number;
  /** Whether there is no room for more of what no replica has. */
  readonly isFull: boolean;
  /** Memberships that were forgotten although no replica had them. */
  readonly dropped: number;
  remember(groups: readonly MembershipGroup[], time: number): void;
  /**
   * Remembers what may have been stored, or may yet be until some moment of the monotonic clock, as nobody has answered.
   */
  doubt(groups: readonly MembershipGroup[], time: number, until: number): void;
  /** To be called before the primary is asked of its replication. */
  beginLook(): void;
  /** Takes what it told. */
  endLook(replication: Replication, hasReplicas: boolean): void;
  /** Takes everything out. */
  takeAll(): RememberedBatch[];
  /** Puts back what was taken, as the oldest. */
  putBack(batches: readonly RememberedBatch[]): void;
}

interface Kept extends Sized {
  /** Its place in the order of all. */
  sequence: number;
}

interface Doubt extends Sized {
  /** Until when it may yet be stored. */
  until: number;
}

/** Everything up to a place in the order is among so many bytes of writes. */
interface Mark {
  sequence: number;
  offset: number;
}

/**
 * A batch is on a replica once that has acknowledged as many bytes of writes as the primary had when it was asked after the
 * batch was acknowledged. All connected replicas have to, or, once half of the room is used, one of them.
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
  /** How many of the oldest are there for no more than in case. */
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
    // Not one by one: taking from the front moves the rest.
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
      // What may be stored after this look is not before it.
      const now = performance.now();
      const over = doubts.filter(({ until }) => until <= now);
      doubts = doubts.filter(({ until }) => until > now);
      bytes -= bytesOf(over);
      for (const batch of over) kept.push(add(batch));
      lookedAt = last;
    },
    endLook({ offset, replicas }, has) {
      hasReplicas = has;
      marks.push({ sequence: lookedAt, offset });
      const most = bytes > maxBytes / 2;
      const acknowledged =
        replicas.length === 0 ? -1 : most ? Math.max(...replicas) : Math.min(...replicas);
      for (const mark of marks) {
        if (mark.offset <= acknowledged) replicated = Math.max(replicated, mark.sequence);
      }
      marks = marks.filter((mark) => mark.offset > acknowledged);
      forget(countForgettable());
    },
    takeAll() {
      const all = [...kept, ...doubts];
      [kept, doubts, marks, bytes] = [[], [], [], 0];
      return all;
    },
    putBack(batches) {
      const back = batches.map(add);
      kept = [...back, ...kept];
    },
  };
}
