/** What lists can be sorted by. */
export const SORTS = ['count', 'name', 'last_active'] as const;
export const ORDERS = ['desc', 'asc'] as const;

export type Sort = (typeof SORTS)[number];
export type Order = (typeof ORDERS)[number];

/** A place in an order: that of a segment with this name and this number. */
export interface Place {
  /** What it is sorted by; 0 where that is the name. */
  number: number;
  name: string;
}

/** Bits of a number that are looked at in one go, and how many values these have. */
const DIGIT_BITS = 16;
const DIGITS = 2 ** DIGIT_BITS;

/**
 * Sorts by numbers; those with the same number stay in the order they come in. Radix sort from the lowest digit
 * (Knuth, The Art of Computer Programming, volume 3, section 5.2.5): no comparisons, and twice its input in memory.
 *
 * @param ids what is sorted
 * @param numbers by id
 */
export function sortByNumber(ids: Uint32Array, numbers: Uint32Array, order: Order): Uint32Array {
  let [from, to] = [Uint32Array.from(ids), new Uint32Array(ids.length)];
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

/** The first of so many positions that is not before what is sought; those that are come first. */
export function lowerBound(size: number, isBefore: (position: number) => boolean): number {
  let [from, to] = [0, size];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (isBefore(middle)) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** Two runs in order as one. */
export function merge(
  one: Uint32Array,
  other: Uint32Array,
  compare: (id: number, other: number) => number,
): Uint32Array<ArrayBuffer> {
  const merged = new Uint32Array(one.length + other.length);
  let [at, from] = [0, 0];
  for (let position = 0; position < merged.length; position += 1) {
    const [id, next] = [one[at], other[from]];
    const isFirst = next === undefined || (id !== undefined && compare(id, next) <= 0);
    merged[position] = (isFirst ? id : next) as number;
    if (isFirst) at += 1;
    else from += 1;
  }
  return merged;
}
