import type { Selection } from '../../src/es/sketch/venn.js';

/** A question about some sets: their users in some regions, or how many of these are in others. */
export interface Question {
  name: string;
  selection: Selection;
  /** Whether the Jaccard index of the first two sets is meant. */
  isJaccard?: boolean;
}

/** Sets of users, and what is asked about them. */
export interface Family {
  title: string;
  /** For each region (a set of sets, as bits), how many users are in just these sets. */
  users: readonly number[];
  questions: readonly Question[];
}

const ANY: Question = { name: 'any', selection: () => true };
const BOTH: Question = { name: 'both', selection: (region) => region === 3 };
const PAIR: Question = { name: 'first and second', selection: (region) => (region & 3) === 3 };
const ONLY_FIRST: Question = { name: 'only first', selection: (region) => region === 1 };
const JACCARD: Question = { name: 'Jaccard', selection: BOTH.selection, isJaccard: true };
const EITHER_AND_THIRD: Question = {
  name: 'first or second, and third',
  selection: (region) => (region & 3) !== 0 && (region & 4) !== 0,
};
const PAIR_WITHOUT_THIRD: Question = {
  name: 'first and second, without third',
  selection: (region) => (region & 7) === 3,
};
const OF_TWO = [BOTH, ONLY_FIRST, ANY, JACCARD];

/** What is measured, from few users to many, and from two sets to six. */
export const FAMILIES: readonly Family[] = [
  two('two of 50, 25 in both', [25, 25, 25]),
  two('two of 150, 15 in both', [135, 135, 15]),
  two('two of 200, 195 in both', [5, 5, 195]),
  two('two of 3 000, the same users', [0, 0, 3_000]),
  two('two of 10 000, half in both', [5_000, 5_000, 5_000]),
  two('two of 20 000, disjoint', [20_000, 20_000, 0]),
  two('1 000 within 100 000', [0, 99_000, 1_000]),
  two('two of a million, 1 % in both', [990_000, 990_000, 10_000]),
  core(3, 100_000, 1_000, [EITHER_AND_THIRD, PAIR_WITHOUT_THIRD]),
  {
    title: 'three nested: 10 000, 5 000, 2 000',
    users: [0, 5_000, 0, 3_000, 0, 0, 0, 2_000],
    questions: [allOf(3), PAIR, ANY, PAIR_WITHOUT_THIRD],
  },
  {
    title: 'three of 9 300 to 10 200, in all ways',
    users: [0, 3_000, 3_000, 2_500, 3_000, 2_200, 2_000, 2_500],
    questions: [allOf(3), PAIR, ANY, EITHER_AND_THIRD, PAIR_WITHOUT_THIRD],
  },
  {
    title: 'one of 100 000 and its halves',
    users: [0, 0, 0, 50_000, 0, 50_000, 0, 0],
    questions: [PAIR, ANY, { ...ONLY_FIRST, selection: (region) => region === 3 }],
  },
  core(4, 60_000, 1_200, []),
  core(5, 50_000, 500, []),
  core(6, 20_000, 1_000, []),
];

/** The users that are meant, or their part of all. */
export function truthOf(users: readonly number[], { selection, isJaccard }: Question): number {
  const sum = (selected: (region: number) => boolean) =>
    users.reduce((all, count, region) => (region > 0 && selected(region) ? all + count : all), 0);
  return isJaccard ? sum(selection) / sum(() => true) : sum(selection);
}

function two(title: string, users: readonly number[]): Family {
  return { title, users: [0, ...users], questions: OF_TWO };
}

/** Sets that share only some users, who are in all of them. */
function core(count: number, size: number, shared: number, more: readonly Question[]): Family {
  const all = 2 ** count - 1;
  const users = Array.from({ length: all + 1 }, (_, region) => {
    if (region === all) return shared;
    return region > 0 && (region & (region - 1)) === 0 ? size - shared : 0;
  });
  const title = `${count} of ${size.toLocaleString('en').replaceAll(',', ' ')}, ${(100 * shared) / size} % in all`;
  return { title, users, questions: [allOf(count), PAIR, ANY, ...more] };
}

function allOf(count: number): Question {
  return { name: 'all', selection: (region) => region === 2 ** count - 1 };
}
