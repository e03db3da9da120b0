import type { Family } from '../../../scripts/testbed/families/family.js';

/** What is asked of: sets large and small, alike and unlike. */
export const FAMILIES: readonly Family[] = [
  ...[50, 150, 200, 1_000, 3_000].map((users) => one(users)),
  few('two of 50, 48 in both', [2, 2, 48], 1_000),
  few('two of 150, 15 in both', [135, 135, 15], 1_000),
  few('two of 1 500, 150 in both', [1_350, 1_350, 150], 500),
  few('two of 3 000, the same users', [0, 0, 3_000], 400),
  core('two of 10 000, disjoint', 2, 10_000, 0, 17),
  few('two of 10 000, half in both', [5_000, 5_000, 5_000], 200),
  core('two of 200 000, 1 % in both', 2, 200_000, 2_000, 13),
  core('two of a million, 1 % in both', 2, 1_000_000, 10_000, 5),
  {
    ...core('two windows of 100 000, half of each day new, 1 % in both', 2, 100_000, 1_000, 13),
    turnover: true,
  },
  core('three of 100 000, 1 % in all', 3, 100_000, 1_000, 13),
  {
    title: 'three nested: 10 000, 5 000, 2 000',
    sets: 3,
    regions: new Map([
      [0b001, 5_000],
      [0b011, 3_000],
      [0b111, 2_000],
    ]),
    uses: 1,
    trials: 200,
  },
  {
    title: 'three of 300, 100 in each two alone, 20 in all',
    sets: 3,
    regions: new Map([
      [0b001, 80],
      [0b010, 80],
      [0b100, 80],
      [0b011, 100],
      [0b101, 100],
      [0b110, 100],
      [0b111, 20],
    ]),
    uses: 1,
    trials: 500,
  },
  {
    title: 'four of 60 000, 2 % in each two alone, 2 % in all',
    sets: 4,
    regions: new Map([
      ...singles(4).map((region) => [region, 60_000 - 4 * 1_200] as const),
      ...[0b0011, 0b0101, 0b0110, 0b1001, 0b1010, 0b1100, 0b1111].map((r) => [r, 1_200] as const),
    ]),
    uses: 11,
  },
  core('five of 50 000, 1 % in all', 5, 50_000, 500, 11),
  core('six of 20 000, 5 % in all', 6, 20_000, 1_000, 11),
];

function one(users: number): Family {
  const regions = new Map([[1, users]]);
  return {
    title: `${users.toLocaleString('en').replace(',', ' ')} users`,
    sets: 1,
    regions,
    uses: 1,
    trials: 500,
  };
}

/** Two sets, each trial with its own. @param sizes in the first alone, in the second alone, in both */
function few(title: string, sizes: readonly number[], trials: number): Family {
  const regions = new Map(sizes.map((size, index) => [index + 1, size]));
  return { title, sets: 2, regions, uses: 1, trials };
}

/** Sets that have nothing in common but users who are in all. */
function core(title: string, sets: number, size: number, all: number, uses: number): Family {
  const regions = new Map(singles(sets).map((region) => [region, size - all]));
  regions.set(2 ** sets - 1, all);
  return { title, sets, regions, uses };
}

function singles(sets: number): number[] {
  return Array.from({ length: sets }, (_, set) => 1 << set);
}
