import { MAX_BATCH } from '../../shared/membership.js';
import type { MembershipGroup } from '../../shared/membership-groups.js';
import { ownText } from '../../shared/own-text.js';
import { type PackedMemberships, packMemberships } from '../../shared/packed-memberships.js';
import type { Replication } from './replication.js';

/** Groups that were stored at once on one primary. */
export interface RememberedBatch {
  packed: PackedMemberships;
  memberships: number;
  /** When they were first stored, in microseconds by the clock of Redis. */
  time: number;
}

export interface MemoryLimits {
  /** Most bytes that are remembered and on no replica yet. */
  maxBytes: number;
  /** How long all is remembered, in milliseconds, whether or not replicas have it. */
  keepMs: number;
  /** Whether the oldest are forgotten where there is no room, rather than more be kept; who asks refuses more then. */
  dropsOldest: boolean;
}

/** What was stored on a primary, as long as it may be needed again. */
export interface Memory {
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

interface Kept extends RememberedBatch {
  bytes: number;
  /** Its place in the order of all. */
  sequence: number;
  /** When it was remembered, by the monotonic clock. */
  since: number;
}

/** Everything up to a place in the order is among so many bytes of writes. */
interface Mark {
  sequence: number;
  offset: number;
}

/** What a batch and a group take beside their texts. */
const BATCH_BYTES = 300;
const GROUP_BYTES = 40;

/**
 * A batch is on a replica once that has acknowledged as many bytes of writes as the primary had when it was asked after the
 * batch was acknowledged. All connected replicas have to, or, once half of the room is used, one of them.
 */
export function createMemory({ maxBytes, keepMs, dropsOldest }: MemoryLimits): Memory {
  let kept: Kept[] = [];
  let doubts: { batch: RememberedBatch; until: number }[] = [];
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
    hasReplicas ? kept.reduce((sum, one) => sum + (isSafe(one) ? 0 : one.bytes), 0) : 0;
  const add = (batch: RememberedBatch): Kept => {
    last += 1;
    const { segments, userIds, days } = batch.packed;
    const size = BATCH_BYTES + GROUP_BYTES * days.length + segments.length + userIds.length;
    bytes += size;
    const { packed, memberships, time } = batch;
    return { packed, memberships, time, bytes: size, sequence: last, since: performance.now() };
  };

  return {
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
      if (bytes < maxBytes) return;
      forget(countForgettable());
      while (dropsOldest && bytes > maxBytes && kept.length > 1) {
        const count = Math.ceil(kept.length / 20);
        dropped += kept.slice(0, count).reduce((sum, { memberships: some }) => sum + some, 0);
        forget(count);
      }
    },
    doubt(groups, time, until) {
      doubts.push({ batch: toBatch(groups, time), until });
    },
    beginLook() {
      // What may be stored after this look is not before it.
      const now = performance.now();
      kept.push(...doubts.filter(({ until }) => until <= now).map(({ batch }) => add(batch)));
      doubts = doubts.filter(({ until }) => until > now);
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
      const all = [...kept, ...doubts.map(({ batch }) => batch)];
      [kept, doubts, marks, bytes] = [[], [], [], 0];
      return all;
    },
    putBack(batches) {
      const back = batches.map(add);
      kept = [...back, ...kept];
    },
  };
}

function toBatch(groups: readonly MembershipGroup[], time: number): RememberedBatch {
  const memberships = groups.reduce((sum, { userIds }) => sum + userIds.length, 0);
  const { segments, userIds, ...packed } = packMemberships(groups);
  // Of a single name they are no text of their own.
  const own = { segments: ownText(segments), userIds: ownText(userIds) };
  return { packed: { ...packed, ...own }, memberships, time };
}

/** As many of the oldest batches as make one call. */
export function takeSome(batches: RememberedBatch[]): RememberedBatch[] {
  let memberships = 0;
  let count = 0;
  for (const batch of batches) {
    if (count > 0 && memberships + batch.memberships > MAX_BATCH) break;
    memberships += batch.memberships;
    count += 1;
  }
  return batches.splice(0, count);
}
