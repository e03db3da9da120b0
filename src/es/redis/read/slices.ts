import { createFairQueue } from '../../../limits/fair-queue.js';
import { KEYS_IN_SLICE, SLICES_IN_FLIGHT } from '../../../limits/in-flight.js';

/** Does what takes Redis long in slices, between which others get their turn. */
export interface Slices {
  /**
   * Does the work on each item in turn. Redis answers a connection in order, and all connections one after the other: while
   * it works on a slice, whoever comes waits.
   *
   * @param items each of which reads the same number of keys
   * @param keysEach how many keys one item reads
   * @param work on the items of one slice
   * @returns the results of the slices, in the order of the items
   */
  each<Item, Result>(
    items: readonly Item[],
    keysEach: number,
    work: (slice: Item[]) => Promise<Result[]>,
  ): Promise<Result[]>;
}

/**
 * All calls of a process share the slices in flight. A call asks for its next slice when it has the last one, so calls take
 * turns: none waits for all of another one.
 */
export function createSlices(): Slices {
  const queue = createFairQueue({
    atOnce: SLICES_IN_FLIGHT,
    maxWaiting: Number.POSITIVE_INFINITY,
    nameOf: () => '',
  });
  return {
    async each(items, keysEach, work) {
      const size = Math.max(1, Math.floor(KEYS_IN_SLICE / keysEach));
      const results = [];
      for (let from = 0; from < items.length; from += size) {
        const slice = items.slice(from, from + size);
        results.push(...(await queue.run(undefined, () => work(slice))));
      }
      return results;
    },
  };
}
