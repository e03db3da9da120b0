import type { ListRequest } from '../list-request.js';
import { nameBytes, type SegmentNames } from './segment-names.js';
import { lowerBound } from './segment-order.js';

/** How many names are made a text of at a time, to be searched. */
const TOGETHER = 4_096;

/**
 * Tells by their id which segments a list is narrowed to; undefined where it has all.
 *
 * @param sorted ids by name
 */
export function createMatch(
  names: SegmentNames,
  sorted: Uint32Array,
  { prefix, search }: Pick<ListRequest, 'prefix' | 'search'>,
): ((id: number) => boolean) | undefined {
  if (prefix === '' && search === '') return undefined;
  const matches = prefix === '' ? undefined : startingWith(names, sorted, prefix);
  if (search === '') return (id) => matches?.[id] === 1;
  const having = containing(names, search);
  return (id) => having[id] === 1 && matches?.[id] !== 0;
}

function startingWith(names: SegmentNames, sorted: Uint32Array, text: string): Uint8Array {
  const prefix = nameBytes(text);
  const isBefore = (position: number) => names.compare(sorted[position] as number, prefix) < 0;
  const first = lowerBound(sorted.length, isBefore);
  const end = lowerBound(
    sorted.length,
    (position) => isBefore(position) || names.startsWith(sorted[position] as number, prefix),
  );
  const matches = new Uint8Array(names.size);
  for (const id of sorted.subarray(first, end)) matches[id] = 1;
  return matches;
}

/** Names that have a text in them, in upper or lower case. */
function containing(names: SegmentNames, text: string): Uint8Array {
  const sought = text.toLowerCase();
  const matches = new Uint8Array(names.size);
  for (let from = 0; from < names.size; from += TOGETHER) {
    const to = Math.min(from + TOGETHER, names.size);
    const joined = names.text(from, to).toLowerCase();
    if (!joined.includes(sought)) continue;
    for (const [index, name] of joined.split('\n').entries()) {
      if (name.includes(sought)) matches[from + index] = 1;
    }
  }
  return matches;
}
