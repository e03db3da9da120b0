import type { ListRequest } from '../list-request.js';
import { nameBytes, type SegmentNames } from './segment-names.js';
import { lowerBound } from './segment-order.js';

/** How many names are searched together, as one text. */
const SEARCH_BATCH = 4_096;

/**
 * Tells whether a segment, given by its id, matches the prefix and search of a list; undefined if all segments match.
 *
 * @param sorted the ids sorted by name
 */
export function createMatch(
  names: SegmentNames,
  sorted: Uint32Array,
  { prefix, search }: Pick<ListRequest, 'prefix' | 'search'>,
): ((id: number) => boolean) | undefined {
  if (prefix === '' && search === '') return undefined;
  const matches = prefix === '' ? undefined : startingWith(names, sorted, prefix);
  if (search === '') return (id) => matches?.[id] === 1;
  const found = containing(names, search);
  return (id) => found[id] === 1 && matches?.[id] !== 0;
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

/** Finds the names that contain a text, in upper or lower case. */
function containing(names: SegmentNames, text: string): Uint8Array {
  const sought = text.toLowerCase();
  const matches = new Uint8Array(names.size);
  for (let from = 0; from < names.size; from += SEARCH_BATCH) {
    const to = Math.min(from + SEARCH_BATCH, names.size);
    const joined = names.text(from, to).toLowerCase();
    if (!joined.includes(sought)) continue;
    for (const [index, name] of joined.split('\n').entries()) {
      if (name.includes(sought)) matches[from + index] = 1;
    }
  }
  return matches;
}
