import type { MembershipGroup } from '../../shared/membership-groups.js';
import type { Keys } from './keys.js';

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
}

/** The keys and arguments of one call of the store script, in the order that it reads them. */
export interface StoreCall {
  add(prefix: string, group: MembershipGroup): void;
  toArguments(): { names: string[]; values: (string | number)[] };
  /** The groups at some positions, from 1, in that order. */
  groupsAt(positions: readonly number[]): MembershipGroup[];
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
  const { keys, registry, firstDay, todays, windowDays, maxSegments } = options;
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

  return {
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
      const values: (string | number)[][] = [[firstDay, maxSegments]];
      for (const [day, section] of sections) {
        names.push(section.names);
        values.push([day, keys.bucketExpiry(day), section.windows.length, section.groups.length]);
        values.push(section.values);
      }
      return { names: names.flat(), values: values.flat() };
    },

    groupsAt(positions) {
      if (positions.length === 0) return [];
      const groups = Array.from(sections.values(), (section) => section.groups).flat();
      return positions.map((position) => groups[position - 1] as MembershipGroup);
    },
  };
}
