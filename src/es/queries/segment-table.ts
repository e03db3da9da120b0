import {
  createSegmentNames,
  FIRST_ROOM,
  grow,
  LINE_FEED,
  type NameBytes,
  nameBytes,
} from './segment-names.js';
import { merge } from './segment-order.js';
import { createSegmentPages, type SegmentPages } from './segment-pages.js';

/** Some segments, by their position among all. */
export interface IndexSlice {
  names: string[];
  /** Whether each has been counted; undefined of one that was removed. */
  counted: (boolean | undefined)[];
}

/**
 * The known segments with their counts, and pages of them. All of it is numbers and bytes outside of the heap of
 * JavaScript. Pages show what was read and counted once `finish` and `settle` are called.
 */
export interface SegmentTable extends Pick<SegmentPages, 'page'> {
  /** Begins to read all names anew. */
  begin(): void;
  /** Takes names that were read, joined by line feeds, and their last days. False when there is no room for them. */
  take(joined: string, lastDays: readonly number[]): boolean;
  /** Forgets what was not read again. */
  finish(): void;
  /** Forgets everything. */
  clear(): void;
  remove(name: string): void;
  /** At most so many segments from a position on; none beyond the last. Positions hold until `finish`. */
  slice(from: number, size: number): IndexSlice;
  /** Notes counts of the segments from a position on; undefined leaves one as it is. */
  count(from: number, counts: readonly (number | undefined)[]): void;
  settle(): void;
}

/** What a segment takes beside its name: its columns, all orders, and room for more. */
const BYTES_EACH = 80;

/** What is known of a segment, in bits. */
const [SEEN, COUNTED] = [1, 2];

/** @param maxBytes what it may take, names included; at most 4 GB */
export function createSegmentTable(maxBytes: number): SegmentTable {
  const names = createSegmentNames(maxBytes);
  const pages = createSegmentPages(names);
  let days = new Uint32Array(FIRST_ROOM);
  let counts = new Uint32Array(FIRST_ROOM);
  let states = new Uint8Array(FIRST_ROOM);
  /** Ids by name. */
  let sorted = new Uint32Array();
  /** The first id that was added since `begin`; what was removed since may come once more. */
  let firstAdded: number | undefined;
  const removed = new Set<string>();
  /** Ids that were removed since lists were last settled. */
  const gone = new Set<number>();
  let isReading = false;

  const stateOf = (id: number) => states[id] as number;
  const isSeen = (id: number) => (stateOf(id) & SEEN) !== 0;

  /** A thread that takes the place of one that died knows nothing. */
  function checkBegun(): number {
    if (firstAdded === undefined) throw new Error('no segments have been read');
    return firstAdded;
  }

  function add(name: NameBytes): number {
    const id = names.size;
    if (id === days.length) {
      [days, counts, states] = [grow(days, id * 2), grow(counts, id * 2), grow(states, id * 2)];
    }
    names.add(name);
    [counts[id], states[id]] = [0, 0];
    return id;
  }

  /** Ids of what was added since `begin`, by name: each name once, and none that was removed since. */
  function addedInOrder(): Uint32Array {
    const first = checkBegun();
    const added = Uint32Array.from({ length: names.size - first }, (_, at) => first + at);
    added.sort(names.compareIds);
    return added.filter((id, at) => {
      const isTwice = at > 0 && names.compareIds(added[at - 1] as number, id) === 0;
      if (!isTwice && (removed.size === 0 || !removed.has(names.text(id, id + 1)))) return true;
      states[id] = 0;
      return false;
    });
  }

  /** Gives the memory of those that are not seen to the others, which get lower ids. */
  function compact(): void {
    if (sorted.length === names.size) return;
    const { size } = names;
    names.keep(isSeen);
    const newIds = new Uint32Array(size);
    let kept = 0;
    for (let id = 0; id < size; id += 1) {
      if (!isSeen(id)) continue;
      newIds[id] = kept;
      [days[kept], counts[kept]] = [days[id] as number, counts[id] as number];
      states[kept] = stateOf(id);
      kept += 1;
    }
    sorted = sorted.map((id) => newIds[id] as number);
  }

  const settle = () => {
    pages.show({ sorted, counts: counts.slice(0, names.size), days: days.slice(0, names.size) });
  };

  const dropGone = () => {
    if (gone.size === 0) return;
    sorted = sorted.filter((id) => !gone.has(id));
    gone.clear();
    settle();
  };

  return {
    settle,

    page(...asked) {
      // Not at each removal, of which there may be thousands in a row.
      dropGone();
      return pages.page(...asked);
    },

    begin() {
      dropGone();
      isReading = true;
      for (let id = 0; id < names.size; id += 1) states[id] = stateOf(id) & ~SEEN;
      firstAdded = names.size;
      removed.clear();
    },

    take(joined, lastDays) {
      checkBegun();
      const { bytes } = nameBytes(joined);
      const segments = names.size + lastDays.length;
      if (names.bytes + bytes.length + 1 + segments * BYTES_EACH > maxBytes) return false;
      let from = 0;
      for (const day of lastDays) {
        const end = bytes.indexOf(LINE_FEED, from);
        const name = { bytes, from, to: end < 0 ? bytes.length : end };
        const id = names.find(sorted, name) ?? add(name);
        days[id] = day;
        states[id] = stateOf(id) | SEEN;
        from = name.to + 1;
      }
      return true;
    },

    finish() {
      isReading = false;
      sorted = merge(sorted.filter(isSeen), addedInOrder(), names.compareIds);
      compact();
      settle();
    },

    clear() {
      isReading = false;
      gone.clear();
      names.keep(() => false);
      sorted = new Uint32Array();
      settle();
    },

    remove(name) {
      if (isReading) removed.add(name);
      const found = names.find(sorted, nameBytes(name));
      if (found === undefined) return;
      states[found] = 0;
      gone.add(found);
      // What is read again meanwhile is to be found no more.
      if (isReading) dropGone();
    },

    slice(from, size) {
      checkBegun();
      const to = Math.min(from + size, names.size);
      if (from >= to) return { names: [], counted: [] };
      const texts = names.text(from, to).split('\n');
      const counted = texts.map((_, index) =>
        isSeen(from + index) ? (stateOf(from + index) & COUNTED) !== 0 : undefined,
      );
      return { names: texts, counted };
    },

    count(from, some) {
      for (const [index, count] of some.entries()) {
        if (count === undefined) continue;
        counts[from + index] = Math.min(count, 2 ** 32 - 1);
        states[from + index] = stateOf(from + index) | COUNTED;
      }
    },
  };
}
