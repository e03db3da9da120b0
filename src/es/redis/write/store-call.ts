import type { Failure } from '../../../domain/failure.js';
import type { MembershipGroup } from '../../../domain/membership-groups.js';
import { noRoom } from '../../../domain/window.js';
import { replyFailure } from '../failures.js';
import type { Keys } from '../keys.js';
import type { StoreDay, StoreInput, StoreReply } from '../scripts/store-script.js';

export interface StoreCallOptions
  extends Pick<StoreInput, 'registry' | 'firstDay' | 'maxSegments' | 'deadline' | 'since'> {
  keys: Keys;
  /** The UTC days whose windows may exist. */
  todays: readonly number[];
  windowDays: number;
}

/** The outcome of the groups of a call. */
interface StoreOutcome {
  /** The groups that changed a register. */
  changed: MembershipGroup[];
  /** The groups that were not stored, and why; all others were stored. */
  failures: Map<MembershipGroup, Failure>;
  /** The groups whose segments became known. */
  known: MembershipGroup[];
  /** TIME of Redis, in microseconds. */
  time: number;
}

/** Collects the groups of one call of the store script; all their segments share a registry. */
export interface StoreCall {
  /** @param prefix the prefix of the keys of its segment */
  add(prefix: string, group: MembershipGroup): void;
  input(): StoreInput;
  /** All groups, by their positions in the call. */
  groups(): MembershipGroup[];
  outcome(reply: StoreReply): StoreOutcome;
}

/** The groups of one UTC day. */
interface DayGroups {
  bucket: string;
  windows: string[];
  groups: MembershipGroup[];
  buckets: string[];
  sizes: number[];
  userIds: string[];
}

export function createStoreCall(options: StoreCallOptions): StoreCall {
  const { keys, registry, firstDay, todays, windowDays, maxSegments, deadline, since } = options;
  const days = new Map<number, DayGroups>();

  const groupsOf = (day: number): DayGroups => {
    const known = days.get(day);
    if (known !== undefined) return known;
    const windows = todays.filter((today) => day <= today && day > today - windowDays);
    const fresh = {
      bucket: keys.bucket(day),
      windows: windows.map(keys.window),
      groups: [],
      buckets: [],
      sizes: [],
      userIds: [],
    };
    days.set(day, fresh);
    return fresh;
  };

  const call: StoreCall = {
    add(prefix, group) {
      const { userIds } = group;
      const day = groupsOf(group.day);
      day.groups.push(group);
      day.buckets.push(prefix + day.bucket);
      day.sizes.push(userIds.length);
      for (const userId of userIds) day.userIds.push(userId);
    },

    input: () => ({
      registry,
      firstDay,
      maxSegments,
      deadline,
      since,
      days: Array.from(
        days,
        ([day, { windows, buckets, sizes, userIds }]): StoreDay => ({
          day,
          expiry: keys.bucketExpiry(day),
          windows,
          buckets,
          sizes,
          userIds,
        }),
      ),
    }),

    groups: () => Array.from(days.values(), ({ groups }) => groups).flat(),

    outcome([changed, refused, failed, time, known]) {
      const failures = new Map<MembershipGroup, Failure>();
      if (changed.length + refused.length + failed.length === 0) {
        return { changed: [], known: [], failures, time };
      }
      const groups = call.groups();
      const at = (position: unknown) => groups[Number(position) - 1] as MembershipGroup;
      if (refused.length > 0) {
        const full = noRoom();
        for (const position of refused) failures.set(at(position), full);
      }
      for (let index = 0; index < failed.length; index += 2) {
        failures.set(at(failed[index]), replyFailure(String(failed[index + 1])));
      }
      return { changed: changed.map(at), known: known.map(at), failures, time };
    },
  };
  return call;
}
