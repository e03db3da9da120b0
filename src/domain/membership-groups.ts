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
  const grouping = createGrouping();
  for (const membership of memberships) grouping.add(membership);
  return grouping.groups;
}

/** Memberships that are stored together: a single one, or those of a small batch, grouped. */
export type Stored = Membership | readonly MembershipGroup[];

/** Groups memberships and groups of several requests by segment and day. */
export function groupAll(items: readonly Stored[]): readonly MembershipGroup[] {
  const [first] = items;
  if (items.length === 1 && isGroups(first)) return first;
  const grouping = createGrouping();
  for (const item of items) {
    if (isGroups(item)) for (const group of item) grouping.addGroup(group);
    else grouping.add(item);
  }
  return grouping.groups;
}

function isGroups(item: Stored | undefined): item is readonly MembershipGroup[] {
  return Array.isArray(item);
}

function createGrouping() {
  const groups: MembershipGroup[] = [];
  const days = new Map<number, Map<string, MembershipGroup>>();
  const groupOf = (segment: string, day: number): MembershipGroup => {
    const segments = getOrCreate(days, day, () => new Map<string, MembershipGroup>());
    let group = segments.get(segment);
    if (group === undefined) {
      group = { segment, day, userIds: [] };
      segments.set(segment, group);
      groups.push(group);
    }
    return group;
  };
  return {
    groups,
    add({ segment, userId, occurredAt }: Membership) {
      groupOf(segment, utcDay(occurredAt)).userIds.push(userId);
    },
    addGroup({ segment, day, userIds }: MembershipGroup) {
      const into = groupOf(segment, day).userIds;
      for (const userId of userIds) into.push(userId);
    },
  };
}
