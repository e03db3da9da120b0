import { MAX_BATCH } from '../../shared/membership.js';
import type { MembershipGroup } from '../../shared/membership-groups.js';
import {
  type PackedMemberships,
  packMemberships,
  unpackMemberships,
} from '../../shared/packed-memberships.js';

/** A group with when it was first stored, in microseconds by the clock of Redis. */
export interface StoredGroup extends MembershipGroup {
  storedAt: number;
}

/** Groups that were stored together. */
export interface Remembered {
  packed: PackedMemberships;
  /** When each was first stored. */
  times: number[];
  /** How many memberships they have. */
  size: number;
  bytes: number;
  /** When they were remembered, in milliseconds. */
  at: number;
}

/** What an entry takes beside its texts, and a group beside its name. */
const ENTRY_BYTES = 300;
const GROUP_BYTES = 24;

/** The groups of an entry, each with its time. */
function groupsOf({ packed, times }: Remembered): StoredGroup[] {
  // They were checked when they came, whatever the clock says by now.
  const groups = unpackMemberships(packed, Number.POSITIVE_INFINITY);
  return groups.map((group, index) => ({ ...group, storedAt: times[index] as number }));
}

/** Packs groups. @param at when, in milliseconds */
export function toEntry(groups: readonly StoredGroup[], at: number): Remembered {
  const packed = packMemberships(groups);
  const size = packed.sizes.reduce((sum, more) => sum + more, 0);
  const texts = packed.segments.length + packed.userIds.length;
  const bytes = ENTRY_BYTES + GROUP_BYTES * groups.length + texts;
  return { packed, times: groups.map(({ storedAt }) => storedAt), size, bytes, at };
}

/** Groups that are stored again together. */
export interface Batch {
  groups: StoredGroup[];
  /** How many entries they are of. */
  entries: number;
}

/** Everything remembered in as few batches as there can be, but what was deleted since, also while it is stored again. */
export function* batches(
  remembered: readonly Remembered[],
  isDeleted: (group: StoredGroup) => boolean,
): Generator<Batch> {
  let batch: Batch = { groups: [], entries: 0 };
  let size = 0;
  for (const entry of [...remembered]) {
    if (size + entry.size > MAX_BATCH) {
      yield batch;
      [batch, size] = [{ groups: [], entries: 0 }, 0];
    }
    batch.groups.push(...groupsOf(entry).filter((group) => !isDeleted(group)));
    batch.entries += 1;
    size += entry.size;
  }
  if (batch.entries > 0) yield batch;
}
