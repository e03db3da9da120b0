import { FIRST_ROOM, grow } from './segment-names.js';

/** The data of segments except their names, by id. */
export interface SegmentColumns {
  /** The last UTC day of each segment. */
  readonly days: Uint32Array;
  readonly counts: Uint32Array;
  /** Makes room for one more segment, without any data. */
  add(id: number): void;
  /** Notes counts for consecutive ids from one id on; undefined leaves a count unchanged. */
  count(from: number, counts: readonly (number | undefined)[]): void;
  isSeen(id: number): boolean;
  isCounted(id: number): boolean;
  see(id: number, day: number): void;
  unsee(id: number): void;
  /** Marks a segment as neither seen nor counted. */
  clear(id: number): void;
  /**
   * Drops the segments that are not seen. The others get lower ids, in the same order.
   *
   * @param size how many ids there are
   * @returns the new ids by the old ones
   */
  keepSeen(size: number): Uint32Array;
}

/** Flags of a segment, as bits. */
const SEEN = 1;
const COUNTED = 2;

/** Counts are kept in 32 bits. */
const MAX_COUNT = 2 ** 32 - 1;

export function createSegmentColumns(): SegmentColumns {
  let days = new Uint32Array(FIRST_ROOM);
  let counts = new Uint32Array(FIRST_ROOM);
  let states = new Uint8Array(FIRST_ROOM);
  const stateOf = (id: number) => states[id] as number;
  const isSeen = (id: number) => (stateOf(id) & SEEN) !== 0;
  return {
    get days() {
      return days;
    },
    get counts() {
      return counts;
    },
    isSeen,
    isCounted: (id) => (stateOf(id) & COUNTED) !== 0,
    add(id) {
      if (id === days.length) {
        days = grow(days, id * 2);
        counts = grow(counts, id * 2);
        states = grow(states, id * 2);
      }
      days[id] = 0;
      counts[id] = 0;
      states[id] = 0;
    },
    count(from, some) {
      for (const [index, count] of some.entries()) {
        if (count === undefined) continue;
        counts[from + index] = Math.min(count, MAX_COUNT);
        states[from + index] = stateOf(from + index) | COUNTED;
      }
    },
    see(id, day) {
      days[id] = day;
      states[id] = stateOf(id) | SEEN;
    },
    unsee(id) {
      states[id] = stateOf(id) & ~SEEN;
    },
    clear(id) {
      states[id] = 0;
    },
    keepSeen(size) {
      const newIds = new Uint32Array(size);
      let kept = 0;
      for (let id = 0; id < size; id += 1) {
        if (!isSeen(id)) continue;
        newIds[id] = kept;
        days[kept] = days[id] as number;
        counts[kept] = counts[id] as number;
        states[kept] = stateOf(id);
        kept += 1;
      }
      return newIds;
    },
  };
}
