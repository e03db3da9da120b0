import { createRandom } from '../../scripts/testbed/random.js';

/** Chance, by a seed: what it decides can be decided again. */
export interface Dice {
  /** A whole number from 0 up to, and without, a limit. */
  below(limit: number): number;
  /** True so often of 1. */
  chance(probability: number): boolean;
  pick<Item>(items: readonly Item[]): Item;
  bytes(count: number): Buffer;
}

/** @param parts together the seed */
export function createDice(...parts: number[]): Dice {
  // One step of the generator for each part, so that neighbours have nothing in common.
  const seed = parts.reduce((state, part) => createRandom(state + part)() * 2 ** 32, 0);
  const random = createRandom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  return {
    below,
    chance: (probability) => random() < probability,
    pick: <Item>(items: readonly Item[]) => items[below(items.length)] as Item,
    bytes: (count) => Buffer.from(Array.from({ length: count }, () => below(256))),
  };
}
