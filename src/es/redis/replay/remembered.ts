import { MAX_BATCH } from '../../../domain/membership.js';
import { countMemberships, type MembershipGroup } from '../../../domain/membership-groups.js';
import { ownText } from '../../../domain/own-text.js';
import { type PackedMemberships, packMemberships } from '../../../domain/packed-memberships.js';

/** Groups that were stored on one primary by one call. */
export interface RememberedBatch {
  packed: PackedMemberships;
  memberships: number;
  /** When they were first stored, in microseconds by the clock of Redis. */
  time: number;
}

export interface Sized extends RememberedBatch {
  bytes: number;
  /** When ES started to remember it, in milliseconds by the monotonic clock. */
  since: number;
}

/** The memory that a batch and a group take in addition to their texts, in bytes. */
const BATCH_BYTES = 300;
const GROUP_BYTES = 40;

/** A batch with its size, remembered from now on. */
export function measure({ packed, memberships, time }: RememberedBatch): Sized {
  const { segments, userIds, days } = packed;
  const bytes = BATCH_BYTES + GROUP_BYTES * days.length + segments.length + userIds.length;
  return { packed, memberships, time, bytes, since: performance.now() };
}

export function bytesOf(batches: readonly Sized[]): number {
  return batches.reduce((sum, { bytes }) => sum + bytes, 0);
}

export function toBatch(groups: readonly MembershipGroup[], time: number): RememberedBatch {
  const { segments, userIds, days, sizes } = packMemberships(groups);
  const packed = { segments: ownName(segments), userIds: ownName(userIds), days, sizes };
  return { packed, memberships: countMemberships(groups), time };
}

/**
 * Copies a single name: it may be a slice of a longer text, which it would keep in memory. Joined names are already a text
 * of their own.
 */
function ownName(joined: string): string {
  return joined.includes('\n') ? joined : ownText(joined);
}

/** Takes the oldest batches, as many as one call may store. */
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
