import { createSegmentColumns, type SegmentColumns } from './segment-columns.js';
import { createSegmentNames, nameBytes, splitNames } from './segment-names.js';
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
 * JavaScript. Pages show what was read and counted once `finish` and `settle` are called. Names come joined by line feeds.
 */
export interface SegmentTable extends Pick<SegmentPages, 'page'> {
  /** Begins to read all names anew. */
  begin(): void;
  /** Takes names that were read, and their last days. False when there is no room for them. */
  take(joined: string, lastDays: readonly number[]): boolean;
  /** Forgets what was not read again, nor added meanwhile. @returns how many there are */
  finish(): number;
  /** Forgets everything. */
  clear(): void;
  /** Shows names at once that have become known, each given once. False when there is no room for them. */
  add(joined: string, lastDays: readonly number[]): boolean;
  remove(joined: string): void;
  /** At most so many segments from a position on; none beyond the last. Positions hold until `finish`. */
  slice(from: number, size: number): IndexSlice;
  /** Notes counts of the segments from a position on. */
  count: SegmentColumns['count'];
  settle(): void;
}

/** What a segment takes beside its name: its columns, all orders, and room for more. */
const BYTES_EACH = 80;

/** @param maxBytes what it may take, names included; at most 4 GB */
export function createSegmentTable(maxBytes: number): SegmentTable {
  const names = createSegmentNames(maxBytes);
  const columns = createSegmentColumns();
  const pages = createSegmentPages(names);
  const { isSeen } = columns;
  /** Ids by name. */
  let sorted = new Uint32Array();
  /** The first id that was added since `begin`; what was removed since may come once more. */
  let firstAdded: number | undefined;
  const removed = new Set<string>();
  const gone = new Set<number>();
  let isReading = false;

  /** A thread that takes the place of one that died knows nothing. */
  function checkBegun(): number {
    if (firstAdded === undefined) throw new Error('no segments have been read');
    return firstAdded;
  }

  /**
   * Marks names as seen.
   *
   * @param isLeast whether a later day that is known stays
   * @returns ids of those that are not among the sorted; undefined when there is no room
   */
  function see(joined: string, lastDays: readonly number[], isLeast: boolean) {
    const { bytes } = nameBytes(joined);
    const segments = names.size + lastDays.length;
    if (names.bytes + bytes.length + 1 + segments * BYTES_EACH > maxBytes) return undefined;
    const added: number[] = [];
    for (const [at, name] of splitNames(bytes).entries()) {
      const day = lastDays[at] as number;
      let id = names.find(sorted, name);
      if (id === undefined) {
        id = names.size;
        columns.add(id);
        names.add(name);
        added.push(id);
      }
      columns.see(id, isLeast ? Math.max(day, columns.days[id] as number) : day);
    }
    return added;
  }

  /** Ids of what was added since `begin`, by name: each name once, and none that was removed since. */
  function addedInOrder(): Uint32Array {
    const first = checkBegun();
    const all = Uint32Array.from({ length: names.size - first }, (_, at) => first + at);
    const added = all.filter(isSeen).sort(names.compareIds);
    return added.filter((id, at) => {
      const isTwice = at > 0 && names.compareIds(added[at - 1] as number, id) === 0;
      if (!isTwice && (removed.size === 0 || !removed.has(names.text(id, id + 1)))) return true;
      columns.clear(id);
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
      columns.move(id, kept);
      kept += 1;
    }
    sorted = sorted.map((id) => newIds[id] as number);
  }

  const settle = () => {
    const { counts, days } = columns;
    pages.show({ sorted, counts: counts.slice(0, names.size), days: days.slice(0, names.size) });
  };

  /** Takes what was removed out of lists. */
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
      for (let id = 0; id < names.size; id += 1) columns.unsee(id);
      firstAdded = names.size;
      removed.clear();
    },

    take(joined, lastDays) {
      checkBegun();
      return see(joined, lastDays, false) !== undefined;
    },

    finish() {
      const first = checkBegun();
      isReading = false;
      const kept = sorted.filter((id) => id < first && isSeen(id));
      sorted = merge(kept, addedInOrder(), names.compareIds);
      compact();
      settle();
      return sorted.length;
    },

    clear() {
      isReading = false;
      gone.clear();
      names.keep(() => false);
      sorted = new Uint32Array();
      settle();
    },

    add(joined, lastDays) {
      checkBegun();
      dropGone();
      if (removed.size > 0) for (const name of joined.split('\n')) removed.delete(name);
      const added = see(joined, lastDays, true);
      if (added === undefined) return false;
      sorted = merge(sorted, Uint32Array.from(added).sort(names.compareIds), names.compareIds);
      settle();
      return true;
    },

    remove(joined) {
      for (const name of joined.split('\n')) {
        if (isReading) removed.add(name);
        const found = names.find(sorted, nameBytes(name));
        if (found === undefined) continue;
        columns.clear(found);
        gone.add(found);
      }
      if (isReading) dropGone(); // Read again meanwhile, it is not to be found.
    },

    slice(from, size) {
      checkBegun();
      const to = Math.min(from + size, names.size);
      if (from >= to) return { names: [], counted: [] };
      const texts = names.text(from, to).split('\n');
      const counted = texts.map((_, index) =>
        isSeen(from + index) ? columns.isCounted(from + index) : undefined,
      );
      return { names: texts, counted };
    },

    count: columns.count,
  };
}
