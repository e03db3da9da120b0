import { FIRST_ROOM, grow } from './segment-names.js';

/** What is known of segments beside their names, by id. */
export interface SegmentColumns {
  readonly days: Uint32Array;
  readonly counts: Uint32Array;
  /** Makes room for one more, which is nothing yet. */
  add(id: number): void;
  /** Notes counts from an id on; undefined leaves one as it is. */
  count(from: number, some: readonly (number | undefined)[]): void;
  isSeen(id: number): boolean;
  isCounted(id: number): boolean;
  see(id: number, day: number): void;
  unsee(id: number): void;
  /** It is neither seen nor counted any more. */
  clear(id: number): void;
  /** Gives all that is known of one to another, lower id. */
  move(id: number, to: number): void;
}

/** What is known of a segment, in bits. */
const [SEEN, COUNTED] = [1, 2];

export function createSegmentColumns(): SegmentColumns {
  let days = new Uint32Array(FIRST_ROOM);
  let counts = new Uint32Array(FIRST_ROOM);
  let states = new Uint8Array(FIRST_ROOM);
  const stateOf = (id: number) => states[id] as number;
  return {
    get days() {
      return days;
    },
    get counts() {
      return counts;
    },
    add(id) {
      if (id === days.length) {
        [days, counts, states] = [grow(days, id * 2), grow(counts, id * 2), grow(states, id * 2)];
      }
      [days[id], counts[id], states[id]] = [0, 0, 0];
    },
    count(from, some) {
      for (const [index, count] of some.entries()) {
        if (count === undefined) continue;
        counts[from + index] = Math.min(count, 2 ** 32 - 1);
        states[from + index] = stateOf(from + index) | COUNTED;
      }
    },
    isSeen: (id) => (stateOf(id) & SEEN) !== 0,
    isCounted: (id) => (stateOf(id) & COUNTED) !== 0,
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
    move(id, to) {
      [days[to], counts[to]] = [days[id] as number, counts[id] as number];
      states[to] = stateOf(id);
    },
  };
}
