import type { Failure } from '../../../domain/failure.js';
import type { MembershipGroup } from '../../../domain/membership-groups.js';
import { noRoom } from '../../../domain/window.js';
import { NO_LIMIT } from '../../sketch/sample.js';
import { replyFailure } from '../failures.js';
import type { Keys } from '../keys.js';
import { elementOfLimit, elementsOf } from '../samples/elements.js';
import type { Limits } from '../samples/limits.js';
import type { Sampling } from '../samples/sampling.js';
import type { StoreDay, StoreInput, StoreReply } from '../scripts/store-input.js';

export interface StoreCallOptions
  extends Pick<StoreInput, 'registry' | 'firstDay' | 'maxSegments' | 'deadline' | 'since'> {
  keys: Keys;
  /** The UTC days whose windows may exist. */
  todays: readonly number[];
  windowDays: number;
  /** What samples ES makes. */
  sampling: Sampling;
  /** The limits of samples that ES knows. */
  limits: Limits;
  isCluster: boolean;
}

/** The outcome of the groups of a call. */
interface StoreOutcome {
  /** The groups that changed a register. */
  changed: MembershipGroup[];
  /** The groups that were not stored, and why; all others were stored. */
  failures: Map<MembershipGroup, Failure>;
  /** The groups whose segments became known. */
  known: MembershipGroup[];
  /** The groups that must be sent again with all that their samples may need; they were not stored. */
  again: MembershipGroup[];
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
  sizes: (number | string)[];
  userIds: string[];
  elements: number[];
}

export function createStoreCall(options: StoreCallOptions): StoreCall {
  const { keys, registry, firstDay, todays, windowDays, maxSegments, deadline, since } = options;
  const { limits, sampling, isCluster } = options;
  const sampleSize = sampling.size;
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
      elements: [],
    };
    days.set(day, fresh);
    return fresh;
  };

  const call: StoreCall = {
    add(prefix, group) {
      const { userIds } = group;
      const day = groupsOf(group.day);
      day.groups.push(group);
      const bucket = prefix + day.bucket;
      day.buckets.push(bucket);
      for (const userId of userIds) day.userIds.push(userId);
      if (sampleSize === 0) {
        day.sizes.push(userIds.length);
        return;
      }
      const limit = limits.get(bucket);
      // One more than a sample may have shows that it needs a limit.
      const elements = elementsOf(userIds, limit, sampleSize + 1);
      const isUsual = limit === undefined && elements.length === userIds.length;
      const marker = limit === undefined ? 0 : elementOfLimit(limit);
      day.sizes.push(isUsual ? userIds.length : `${userIds.length},${marker},${elements.length}`);
      for (const element of elements) day.elements.push(element);
    },

    input: () => ({
      registry,
      firstDay,
      maxSegments,
      deadline,
      since,
      sampleSize: sampleSize === 0 ? -1 : sampleSize,
      isCluster,
      days: Array.from(
        days,
        ([day, { windows, buckets, sizes, userIds, elements }]): StoreDay => ({
          day,
          windows,
          buckets,
          groups: sizes,
          userIds,
          elements,
          expiry: keys.bucketExpiry(day),
          isSampled: day >= sampling.firstDay,
        }),
      ),
    }),

    groups: () => Array.from(days.values(), ({ groups }) => groups).flat(),

    outcome([changed, refused, failed, time, known, learned, again]) {
      const failures = new Map<MembershipGroup, Failure>();
      const counts = [changed, refused, failed, learned, again].map(({ length }) => length);
      if (Math.max(...counts) === 0) return { changed: [], known: [], again: [], failures, time };
      const groups = call.groups();
      const at = (position: unknown) => groups[Number(position) - 1] as MembershipGroup;
      const bucketOf = ({ segment, day }: MembershipGroup) =>
        keys.prefix(segment) + keys.bucket(day);
      for (let index = 0; index < learned.length; index += 2) {
        const limit = learned[index + 1] as number;
        if (limit <= NO_LIMIT - 1) limits.set(bucketOf(at(learned[index])), limit);
      }
      for (const position of again) limits.forget(bucketOf(at(position)));
      if (refused.length > 0) {
        const full = noRoom();
        for (const position of refused) failures.set(at(position), full);
      }
      for (let index = 0; index < failed.length; index += 2) {
        failures.set(at(failed[index]), replyFailure(String(failed[index + 1])));
      }
      return {
        changed: changed.map(at),
        known: known.map(at),
        again: again.map(at),
        failures,
        time,
      };
    },
  };
  return call;
}
