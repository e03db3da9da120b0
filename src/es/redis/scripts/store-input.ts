import { joinNumbers } from '../samples/join-numbers.js';

/** The input of `STORE_SCRIPT`. */
export interface StoreInput {
  registry: string;
  /** The first UTC day that is counted. */
  firstDay: number;
  /** The maximum of segments in the registry; 0 means no limit. */
  maxSegments: number;
  /** Until when the script may run, in milliseconds by the clock of Redis; 0 means no deadline. */
  deadline: number;
  /**
   * If groups are stored again: when their tombstones were read, in microseconds by the clock of Redis. 0 for new groups.
   */
  since: number;
  /** How many users a sample may have; -1 if those that are there are removed. */
  sampleSize: number;
  /** Whether keys may be on another primary, while a slot is being moved. */
  isCluster: boolean;
  days: Iterable<StoreDay>;
}

/** The groups of one UTC day. */
export interface StoreDay {
  day: number;
  /** When the buckets of the day expire, in seconds since 1970. */
  expiry: number;
  /** The windows that the day is in, as in their keys behind the prefix of a segment. */
  windows: readonly string[];
  /** The bucket of each group. */
  buckets: readonly string[];
  /**
   * For each group, how many user ids it has. If it has another number of elements, or ES knows the limit of its sample, a
   * text with three numbers: user ids, the element for the limit (0 if ES knows none), elements.
   */
  groups: readonly (number | string)[];
  /** The user ids of all groups. */
  userIds: readonly string[];
  /** Whether new buckets of the day get a sample. */
  isSampled: boolean;
  /** What the users of all groups are in their samples. */
  elements: readonly number[];
}

export function storeArguments(input: StoreInput) {
  const keys: (readonly string[])[] = [[input.registry]];
  const values: (string | number)[] = [
    input.firstDay,
    input.maxSegments,
    input.deadline,
    input.since,
    input.sampleSize,
    input.isCluster ? 1 : 0,
  ];
  for (const group of input.days) {
    keys.push(group.buckets);
    values.push(
      group.day,
      group.expiry,
      group.windows.join('\n'),
      group.groups.join(' '),
      group.userIds.join('\n'),
      group.isSampled ? 1 : 0,
      joinNumbers(group.elements),
    );
  }
  return { keys: keys.flat(), values };
}

/** The outcome of the groups, which are given by their positions from 1. */
export type StoreReply = [
  changed: number[],
  refused: number[],
  failed: number[],
  time: number,
  known: number[],
  limits: number[],
  again: number[],
];
