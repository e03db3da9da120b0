import { Failure, invalidField } from './failure.js';
import { checkNotAhead, MAX_BATCH, MAX_NAME_BYTES, parseName, parseSegment } from './membership.js';
import type { MembershipGroup } from './membership-groups.js';
import { DAY_MS } from './utc-day.js';

/** Groups in columns, as in the message PackedMemberships. Names are joined by line feeds. */
export interface PackedMemberships {
  /** The segments of the groups, joined. */
  segments: string;
  /** The UTC day of each group, in days since 1970-01-01. */
  days: number[];
  /** How many user ids each group has. */
  sizes: number[];
  /** The user ids of all groups, joined. */
  userIds: string;
}

/**
 * The columns that groups were unpacked from, by the first of the groups. With them the groups need not be packed again.
 */
const sources = new WeakMap<
  MembershipGroup,
  { packed: PackedMemberships; groups: readonly MembershipGroup[] }
>();

/**
 * Packs groups of valid memberships. If the groups are exactly those that were unpacked together, it returns their original
 * columns.
 */
export function packMemberships(groups: readonly MembershipGroup[]): PackedMemberships {
  const [first] = groups;
  const source = first && sources.get(first);
  const isWhole =
    source !== undefined &&
    source.groups.length === groups.length &&
    groups.every((group, index) => group === source.groups[index]);
  if (isWhole) return source.packed;
  return {
    segments: groups.map(({ segment }) => segment).join('\n'),
    days: groups.map(({ day }) => day),
    sizes: groups.map(({ userIds }) => userIds.length),
    userIds: groups.map(({ userIds }) => userIds.join('\n')).join('\n'),
  };
}

/**
 * Checks packed memberships by the same rules as single ones, and unpacks them.
 *
 * @param now the time of arrival in milliseconds; no day may be later
 * @throws Failure `invalid` that names the field and the limit
 */
export function unpackMemberships(packed: PackedMemberships, now: number): MembershipGroup[] {
  const { days, sizes } = packed;
  if (days.length === 0 && sizes.length === 0 && packed.segments + packed.userIds === '') return [];
  const groupCount = days.length;
  if (groupCount > MAX_BATCH) {
    throw invalidField('packed.days', `must be at most ${MAX_BATCH}, not ${groupCount}`);
  }
  const segments = packed.segments.split('\n', groupCount + 1);
  if (segments.length !== groupCount || sizes.length !== groupCount) {
    throw new Failure('invalid', 'packed must have as many days and sizes as segments');
  }
  const userIds = splitUserIds(packed.userIds);
  let from = 0;
  const groups = segments.map((segment, index) => {
    const day = days[index] as number;
    checkNotAhead(day * DAY_MS, now);
    const to = from + (sizes[index] as number);
    const group = {
      segment: parseSegment('segment', segment),
      day,
      userIds: userIds.slice(from, to),
    };
    from = to;
    return group;
  });
  if (from !== userIds.length || sizes.includes(0)) {
    throw invalidField('packed.sizes', 'must each be at least 1, and add up to the user_ids');
  }
  sources.set(groups[0] as MembershipGroup, { packed, groups });
  return groups;
}

/** Every control character except the line feed: the line feed joins names. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\0-\x09\x0b-\x1f\x7f-\x9f]/;

function splitUserIds(joined: string): string[] {
  const userIds = joined.split('\n', MAX_BATCH + 1);
  if (userIds.length > MAX_BATCH) {
    throw invalidField('packed.user_ids', `must be at most ${MAX_BATCH}`);
  }
  const needsCheck = CONTROL.test(joined) || !joined.isWellFormed();
  for (const userId of userIds) {
    // A short name within a text without control characters is valid.
    if (needsCheck || userId === '' || userId.length > MAX_NAME_BYTES / 3)
      parseName('user_id', userId);
  }
  return userIds;
}
