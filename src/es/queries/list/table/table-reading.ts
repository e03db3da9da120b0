import type { SegmentColumns } from './segment-columns.js';
import type { SegmentNames } from './segment-names.js';

/** A reading of all names that has started and is not finished. */
export interface TableReading {
  name: 'reading';
  /** The first id that was added since the beginning. */
  firstAdded: number;
  /** Names that were removed since the beginning: Redis may have listed them before. */
  removed: Set<string>;
}

/**
 * `begin` leads from any state to `reading`; `finish` and `clear` lead from there to `settled`. A thread that replaces
 * one that died has a `new` table, which shows and takes nothing before `begin`.
 */
export type TableState = { name: 'new' } | TableReading | { name: 'settled' };

/**
 * The ids that a reading has added, sorted by name: each name once, without those removed meanwhile. The other ids are
 * cleared.
 */
export function addedInOrder(
  { firstAdded, removed }: TableReading,
  names: SegmentNames,
  columns: SegmentColumns,
): Uint32Array {
  const ids = Uint32Array.from({ length: names.size - firstAdded }, (_, at) => firstAdded + at);
  const added = ids.filter(columns.isSeen).sort(names.compareIds);
  return added.filter((id, at) => {
    const isTwice = at > 0 && names.compareIds(added[at - 1] as number, id) === 0;
    const isRemoved = removed.size > 0 && removed.has(names.text(id, id + 1));
    if (isTwice || isRemoved) columns.clear(id);
    return !isTwice && !isRemoved;
  });
}

/** Marks names, joined by line feeds, as not removed, because they are known again. */
export function forgetRemovals({ removed }: TableReading, joined: string): void {
  if (removed.size === 0) return;
  for (const name of joined.split('\n')) removed.delete(name);
}
