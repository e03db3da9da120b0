/** The sort orders of lists, and their directions. */
export const SORTS = ['count', 'name', 'last_active'] as const;
export const ORDERS = ['desc', 'asc'] as const;

export type Sort = (typeof SORTS)[number];
export type Order = (typeof ORDERS)[number];

/** A place in a sorted list: the place of a segment with this name and number. */
export interface Place {
  /** The number that the list is sorted by; 0 if it is sorted by name. */
  number: number;
  name: string;
}

/** The radix: how many bits of a number one pass sorts by. */
const DIGIT_BITS = 16;
const DIGITS = 2 ** DIGIT_BITS;

/**
 * Sorts ids by numbers; ids with the same number keep their order. Radix sort from the lowest digit (Knuth, The Art of
 * Computer Programming, volume 3, section 5.2.5): it compares nothing, and needs memory for twice its input.
 *
 * @param numbers the number of each id
 */
export function sortByNumber(ids: Uint32Array, numbers: Uint32Array, order: Order): Uint32Array {
  let from = Uint32Array.from(ids);
  let to = new Uint32Array(ids.length);
  for (let shift = 0; shift < 32; shift += DIGIT_BITS) {
    const digitOf = (id: number) => {
      const digit = ((numbers[id] as number) >>> shift) % DIGITS;
      return order === 'asc' ? digit : DIGITS - 1 - digit;
    };
    const ends = new Uint32Array(DIGITS + 1);
    for (const id of from) ends[digitOf(id) + 1] = (ends[digitOf(id) + 1] as number) + 1;
    for (let digit = 0; digit < DIGITS; digit += 1) {
      ends[digit + 1] = (ends[digit + 1] as number) + (ends[digit] as number);
    }
    for (const id of from) {
      const digit = digitOf(id);
      const position = ends[digit] as number;
      to[position] = id;
      ends[digit] = position + 1;
    }
    [from, to] = [to, from];
  }
  return from;
}

/**
 * Binary search for the first position that is not before the searched place.
 *
 * @param size how many positions there are; those before the searched place come first
 * @returns the position; `size` if all positions are before the searched place
 */
export function lowerBound(size: number, isBefore: (position: number) => boolean): number {
  let from = 0;
  let to = size;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (isBefore(middle)) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** Merges two sorted runs. */
export function merge(
  one: Uint32Array,
  other: Uint32Array,
  compare: (id: number, other: number) => number,
): Uint32Array<ArrayBuffer> {
  const merged = new Uint32Array(one.length + other.length);
  let oneAt = 0;
  let otherAt = 0;
  for (let position = 0; position < merged.length; position += 1) {
    const id = one[oneAt];
    const next = other[otherAt];
    const isFirst = next === undefined || (id !== undefined && compare(id, next) <= 0);
    merged[position] = (isFirst ? id : next) as number;
    if (isFirst) oneAt += 1;
    else otherAt += 1;
  }
  return merged;
}
