import fc from 'fast-check';
import { drawSets } from '../../scripts/testbed/draw-sets.js';
import { createRandomBits } from '../../scripts/testbed/random-bits.js';
import type { SketchedSet } from '../../src/es/sketch/sketched-set.js';

/** What some sets are drawn from. */
export interface FamilyRecipe {
  kind: string;
  count: number;
  size: number;
  sampleSize: number;
  seed: number;
}

/** Some sets, and the users of each region of their Venn diagram. */
export interface SetFamily {
  users: number[];
  sampleSize: number;
  sets: SketchedSet[];
}

type Shape = (count: number, size: number) => (region: number) => number;

const isOne = (region: number) => region > 0 && (region & (region - 1)) === 0;

/** The users of a region, if there are so many sets; `size` is the number of users of the largest ones. */
const SHAPES: Record<string, Shape> = {
  disjoint: (_, size) => (region) => (isOne(region) ? size : 0),
  equal: (count, size) => (region) => (region === 2 ** count - 1 ? size : 0),
  // The first set has all users, each next one half of them.
  nested: (_, size) => (region) => (isOne(region + 1) ? Math.ceil(size / (region + 1)) : 0),
  // One of 100 users is in all sets.
  core: (count, size) => (region) =>
    region === 2 ** count - 1 ? Math.ceil(size / 100) : isOne(region) ? size : 0,
  // The first set has all users of the others, who are in no two of them.
  parts: (_, size) => (region) => (region & 1 && isOne(region - 1) ? size : 0),
  tiny: (_, size) => (region) =>
    region === 1 ? 20 * size : region === 3 ? 3 : isOne(region) ? 5 : 0,
  empty: (_, size) => (region) => (region === 1 || region === 5 ? size : 0),
  mixed: (count, size) => (region) => Math.floor((size * ((region * 7 + count) % 11)) / 10),
};

/** Recipes for families of sets of all shapes, with samples and without; of 2 to 6 sets unless it is said of how many. */
export const familiesOf = (...counts: number[]): fc.Arbitrary<FamilyRecipe> =>
  fc.record({
    kind: fc.constantFrom(...Object.keys(SHAPES)),
    count: fc.constantFrom(...(counts.length > 0 ? counts : [2, 2, 3, 3, 3, 4, 4, 5, 6])),
    size: fc.oneof(fc.nat(5), fc.integer({ min: 6, max: 300 }), fc.nat(5_000), fc.nat(200_000)),
    sampleSize: fc.constantFrom(0, 100, 1_024, 8_192),
    seed: fc.nat(),
  });

export function drawFamily({ kind, count, size, sampleSize, seed }: FamilyRecipe): SetFamily {
  const usersOf = (SHAPES[kind] as Shape)(count, size);
  const users = Array.from({ length: 2 ** count }, (_, region) =>
    region === 0 ? 0 : usersOf(region),
  );
  return { users, sampleSize, sets: drawSets(createRandomBits(seed), users, sampleSize) };
}

/** The users of the regions for which something holds. */
export function usersWhere(users: readonly number[], holds: (region: number) => boolean): number {
  return users.reduce((sum, count, region) => (holds(region) ? sum + count : sum), 0);
}
