import { createSegmentColumns, type SegmentColumns } from './segment-columns.js';
import { createSegmentNames, nameBytes, splitNames } from './segment-names.js';
import { merge } from './segment-order.js';
import { createSegmentPages, type SegmentPages } from './segment-pages.js';
import { addedInOrder, forgetRemovals, type TableState } from './table-reading.js';

/** Segments at consecutive positions. */
export interface IndexSlice {
  names: string[];
  /** Whether each has been counted; undefined for a segment that was removed. */
  counted: (boolean | undefined)[];
}

/**
 * The known segments with their counts, and pages of them. All data are numbers and bytes outside of the JavaScript heap.
 * Pages show new names after `finish` and new counts after `settle`. Names are joined by line feeds.
 */
export interface SegmentTable extends Pick<SegmentPages, 'page'> {
  /** Starts a new reading of all names. */
  begin(): void;
  /**
   * Takes names that were read from Redis, with the last day of each.
   *
   * @returns false if there is no room for them
   */
  take(joined: string, lastDays: readonly number[]): boolean;
  /**
   * Forgets the names that were neither read nor added since `begin`.
   *
   * @returns how many names there are
   */
  finish(): number;
  /** Forgets everything. */
  clear(): void;
  /**
   * Shows new names immediately. Each name must be given only once.
   *
   * @returns false if there is no room for them
   */
  add(joined: string, lastDays: readonly number[]): boolean;
  remove(joined: string): void;
  /** At most `size` segments from a position on; empty beyond the last one. Positions are valid until `finish`. */
  slice(from: number, size: number): IndexSlice;
  /** Notes the counts of the segments from a position on. */
  count: SegmentColumns['count'];
  /** Shows the counts that were noted. */
  settle(): void;
}

/** What a segment takes beside its name, in bytes: its columns, all orders, and room for more. */
const BYTES_EACH = 80;

/** @param maxBytes maximum of memory of the table, names included, in bytes; at most 4 GB */
export function createSegmentTable(maxBytes: number): SegmentTable {
  const names = createSegmentNames(maxBytes);
  const columns = createSegmentColumns();
  const pages = createSegmentPages(names);
  const { isSeen } = columns;
  /** Ids, sorted by name. */
  let sorted = new Uint32Array();
  /** Ids of removed segments that are still in the sorted ids. */
  const gone = new Set<number>();
  let state: TableState = { name: 'new' };

  const checkBegun = () => {
    if (state.name === 'new') throw new Error('no segments have been read');
  };

  const checkReading = () => {
    if (state.name !== 'reading') throw new Error('no reading has begun');
    return state;
  };

  /**
   * Marks names as seen.
   *
   * @param isLeast whether a known day is kept if it is later
   * @returns the ids of new names; undefined if there is no room
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

  /** Frees the memory of segments that were not seen; the others get lower ids. */
  function compact(): void {
    if (sorted.length === names.size) return;
    const { size } = names;
    names.keep(isSeen);
    const newIds = columns.keepSeen(size);
    sorted = sorted.map((id) => newIds[id] as number);
  }

  const settle = () => {
    checkBegun();
    const { counts, days } = columns;
    pages.show({ sorted, counts: counts.slice(0, names.size), days: days.slice(0, names.size) });
  };

  /** Takes removed segments out of lists. */
  const dropGone = () => {
    if (gone.size === 0) return;
    sorted = sorted.filter((id) => !gone.has(id));
    gone.clear();
    settle();
  };

  return {
    settle,
    page(...asked) {
      // Done once for all removals, because there may be thousands in a row.
      dropGone();
      return pages.page(...asked);
    },

    begin() {
      dropGone();
      for (let id = 0; id < names.size; id += 1) columns.unsee(id);
      state = { name: 'reading', firstAdded: names.size, removed: new Set() };
    },

    take(joined, lastDays) {
      checkReading();
      return see(joined, lastDays, false) !== undefined;
    },

    finish() {
      const reading = checkReading();
      const kept = sorted.filter((id) => id < reading.firstAdded && isSeen(id));
      sorted = merge(kept, addedInOrder(reading, names, columns), names.compareIds);
      state = { name: 'settled' };
      compact();
      settle();
      return sorted.length;
    },

    clear() {
      checkReading();
      state = { name: 'settled' };
      gone.clear();
      names.keep(() => false);
      sorted = new Uint32Array();
      settle();
    },

    add(joined, lastDays) {
      checkBegun();
      dropGone();
      if (state.name === 'reading') forgetRemovals(state, joined);
      const added = see(joined, lastDays, true);
      if (added === undefined) return false;
      sorted = merge(sorted, Uint32Array.from(added).sort(names.compareIds), names.compareIds);
      settle();
      return true;
    },

    remove(joined) {
      for (const name of joined.split('\n')) {
        if (state.name === 'reading') state.removed.add(name);
        const found = names.find(sorted, nameBytes(name));
        if (found === undefined) continue;
        columns.clear(found);
        gone.add(found);
      }
      // If the name is read again, it must not be found in the sorted ids.
      if (state.name === 'reading') dropGone();
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
