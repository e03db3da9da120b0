import { type Family, isMember, sizeOf } from './family.js';

/** A number that ES answers. */
interface Estimated {
  value: number;
  low: number;
  high: number;
  /** Whether ES says that it is no estimate. */
  isExact: boolean;
}

/** What is asked of the sets A, B, … of a family. */
export interface Question {
  text: string;
  /** The sets that are named, as bits. */
  named: number;
  /** The regions that are counted. */
  isMeant: (region: number) => boolean;
  /** Only of a share: the regions it is a part of. */
  isWhole?: (region: number) => boolean;
  /** The number in the answer to `ask`. */
  read: (answer: Answer) => Estimated;
}

/** What ES has answered about a trial: its overlap and some expressions, or the estimate of its one segment. */
export interface Answer {
  // biome-ignore lint/suspicious/noExplicitAny: whatever was answered
  overlap: any;
  // biome-ignore lint/suspicious/noExplicitAny: whatever was answered
  others: any[];
}

/** Names of sets, by their positions. */
export interface Expression {
  all?: readonly number[];
  any?: readonly number[];
  none?: readonly number[];
}

/** The expressions that are asked of so many sets. */
export function expressionsOf(sets: number): Expression[] {
  if (sets === 1) return [];
  if (sets === 2) return [{ all: [0], none: [1] }, { any: [0, 1] }];
  return [
    { all: [0], none: [1] },
    { any: [0, 1], none: [2] },
    { all: [0, 1], none: [2] },
    { all: [0], any: [1, 2] },
  ];
}

export function questionsOf({ sets }: Pick<Family, 'sets'>): Question[] {
  if (sets === 1) {
    const read = ({ others }: Answer) => usersOf(others[0]);
    return [{ text: 'A', named: 1, isMeant: () => true, read }];
  }
  const everySet = 2 ** sets - 1;
  const inBoth = (region: number) => (region & 3) === 3;
  const inAny = (region: number) => (region & 3) !== 0;
  const questions: Question[] = [
    {
      text: `all of ${sets}`,
      named: everySet,
      isMeant: (region) => region === everySet,
      read: ({ overlap }) => usersOf(overlap.intersection),
    },
    {
      text: `any of ${sets}`,
      named: everySet,
      isMeant: () => true,
      read: ({ overlap }) => usersOf(overlap.union),
    },
  ];
  if (sets > 2) {
    questions.push({
      text: 'A and B',
      named: everySet,
      isMeant: inBoth,
      read: ({ overlap }) => usersOf(overlap.pairs[0].intersection),
    });
  }
  questions.push({
    text: 'Jaccard of A and B',
    named: everySet,
    isMeant: inBoth,
    isWhole: inAny,
    read({ overlap }) {
      const { value, interval } = overlap.pairs[0].jaccard;
      return { value, ...interval, isExact: overlap.pairs[0].intersection.exact === true };
    },
  });
  return [...questions, ...expressionsOf(sets).map(asQuestion)];
}

/** The users, or the share, that a question is about. */
export function truthOf(family: Family, { isMeant, isWhole }: Question): number {
  const users = sizeOf(family, isMeant);
  return isWhole === undefined ? users : users / sizeOf(family, isWhole);
}

function asQuestion({ all = [], any = [], none = [] }: Expression, index: number): Question {
  const names = (sets: readonly number[]) => sets.map((set) => 'ABCDEF'[set]);
  return {
    text: [
      ...names(all),
      ...(any.length > 0 ? [names(any).join(' or ')] : []),
      ...names(none).map((name) => `not ${name}`),
    ].join(', '),
    named: [...all, ...any, ...none].reduce((bits, set) => bits | (1 << set), 0),
    isMeant: (region) =>
      all.every((set) => isMember(region, set)) &&
      (any.length === 0 || any.some((set) => isMember(region, set))) &&
      !none.some((set) => isMember(region, set)),
    read: ({ others }) => usersOf(others[index]),
  };
}

// biome-ignore lint/suspicious/noExplicitAny: whatever was answered
function usersOf({ user_count, interval, exact }: any): Estimated {
  return { value: user_count, ...interval, isExact: exact === true };
}
