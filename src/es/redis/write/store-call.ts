import type { Failure } from '../../../domain/failure.js';
import type { MembershipGroup } from '../../../domain/membership-groups.js';
import { noRoom } from '../../../domain/window.js';
import { replyFailure } from '../failures.js';
import type { Keys } from '../keys.js';
import type { StoreReply } from '../scripts/scripts.js';

export interface StoreCallOptions {
  keys: Keys;
  /** The registry that all segments of the call share. */
  registry: string;
  /** The first UTC day that is counted. */
  firstDay: number;
  /** The days whose windows may be there. */
  todays: readonly number[];
  windowDays: number;
  /** Most segments that the registry may know; 0 is any number. */
  maxSegments: number;
  /** Until when it may be carried out, in milliseconds by the clock of Redis; 0 is for ever. */
  deadline: number;
  /** When what is stored again was asked for, in microseconds by the clock of Redis; 0 for what is new. */
  since: number;
}

/** What became of the groups of a call. */
interface StoreOutcome {
  /** Those that changed a register. */
  changed: MembershipGroup[];
  /** Those that were not stored, and why; all others were. */
  failures: Map<MembershipGroup, Failure>;
  /** Those whose segments have become known. */
  known: MembershipGroup[];
  /** When it was, in microseconds by the clock of Redis. */
  time: number;
}

/** The keys and arguments of one call of the store script, in the order that it reads them. */
export interface StoreCall {
  add(prefix: string, group: MembershipGroup): void;
  toArguments(): { names: string[]; values: (string | number)[] };
  /** All groups, in the order of their positions. */
  groups(): MembershipGroup[];
  outcome(reply: StoreReply): StoreOutcome;
}

/** What the groups of one day share, and these. */
interface Section {
  bucket: string;
  windows: string[];
  groups: MembershipGroup[];
  names: string[];
  values: (string | number)[];
}

export function createStoreCall(options: StoreCallOptions): StoreCall {
  const { keys, registry, firstDay, todays, windowDays, maxSegments, deadline, since } = options;
  const sections = new Map<number, Section>();

  const createSection = (day: number): Section => ({
    bucket: keys.bucket(day),
    windows: todays
      .filter((today) => day <= today && day > today - windowDays)
      .map((today) => keys.window(today)),
    groups: [],
    names: [],
    values: [],
  });

  const call: StoreCall = {
    add(prefix, group) {
      const { day, userIds } = group;
      let section = sections.get(day);
      if (section === undefined) {
        section = createSection(day);
        sections.set(day, section);
      }
      section.groups.push(group);
      section.names.push(prefix + section.bucket);
      for (const window of section.windows) section.names.push(prefix + window);
      section.values.push(userIds.length);
      for (const userId of userIds) section.values.push(userId);
    },

    toArguments() {
      const names: string[][] = [[registry]];
      const values: (string | number)[][] = [[firstDay, maxSegments, deadline, since]];
      for (const [day, section] of sections) {
        names.push(section.names);
        values.push([day, keys.bucketExpiry(day), section.windows.length, section.groups.length]);
        values.push(section.values);
      }
      return { names: names.flat(), values: values.flat() };
    },

    groups: () => Array.from(sections.values(), (section) => section.groups).flat(),

    outcome([changed, refused, failed, time, known]) {
      const failures = new Map<MembershipGroup, Failure>();
      if (changed.length + refused.length + failed.length === 0) {
        return { changed: [], known: [], failures, time };
      }
      const groups = call.groups();
      const at = (position: unknown) => groups[Number(position) - 1] as MembershipGroup;
      const full = refused.length > 0 ? noRoom() : undefined;
      for (const position of refused) failures.set(at(position), full as Failure);
      for (let next = 0; next < failed.length; next += 2) {
        failures.set(at(failed[next]), replyFailure(String(failed[next + 1])));
      }
      return { changed: changed.map(at), known: known.map(at), failures, time };
    },
  };
  return call;
}
