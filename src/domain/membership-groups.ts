import { getOrCreate } from './get-or-create.js';
import type { Membership } from './membership.js';
import { utcDay } from './utc-day.js';

/** The users seen in one segment on one UTC day: they go into one bucket. Not to be changed once it is made. */
export interface MembershipGroup {
  segment: string;
  /** As `utcDay` gives it. */
  day: number;
  /** In order of arrival; a user may occur more than once. */
  userIds: string[];
}

/** The number of memberships of all groups together. */
export function countMemberships(groups: readonly MembershipGroup[]): number {
  return groups.reduce((sum, { userIds }) => sum + userIds.length, 0);
}

/** About how many bytes a name takes beside its text, with the columns that groups may have come in. */
const NAME_BYTES = 48;

/** The approximate size of groups in memory, in bytes. */
export function bytesOf(groups: readonly MembershipGroup[]): number {
  let bytes = 0;
  for (const { segment, userIds } of groups) {
    bytes += segment.length + NAME_BYTES;
    for (const userId of userIds) bytes += userId.length + NAME_BYTES;
  }
  return bytes;
}

/** Groups memberships by segment and day. */
export function groupMemberships(memberships: readonly Membership[]): MembershipGroup[] {
  const groups: MembershipGroup[] = [];
  const days = new Map<number, Map<string, MembershipGroup>>();
  for (const { segment, userId, occurredAt } of memberships) {
    const day = utcDay(occurredAt);
    const segments = getOrCreate(days, day, () => new Map<string, MembershipGroup>());
    const group = segments.get(segment);
    if (group !== undefined) group.userIds.push(userId);
    else {
      const fresh = { segment, day, userIds: [userId] };
      segments.set(segment, fresh);
      groups.push(fresh);
    }
  }
  return groups;
}
