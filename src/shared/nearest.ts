import { distance } from 'fastest-levenshtein';

/** Longest name that is compared, in UTF-16 units; to compare takes time for each of one with each of the other. */
const MAX_LENGTH = 64;

<<<<<<< HEAD
/** How many letters may differ: two, or one in five of a long name. */
const mostLetters = (name: string) => Math.max(2, Math.floor(name.length / 5));

/**
 * What somebody meant who wrote a name that is not known: one of nearly the same letters, of the same words in another order,
 * or with one word more or less. The case of letters, and what joins words, do not count.
=======
/** Other words for what may be known. By its letters `and` is nearest to `any`, which is another question. */
const OTHER_WORDS: Record<string, string[]> = {
  all: ['and', 'every', 'allof', 'must', 'only', 'with'],
  any: ['or', 'some', 'one', 'oneof', 'anyof', 'either'],
  none: ['not', 'nor', 'no', 'noneof', 'except', 'exclude', 'without', 'mustnot'],
  occurred_at: ['time', 'timestamp', 'ts', 'date', 'datetime', 'createdat', 'eventtime'],
  user_id: ['uid', 'visitor', 'visitorid', 'customerid', 'memberid'],
  days: ['window', 'period', 'daycount', 'lastdays'],
  search: ['q', 'query', 'contains', 'filter'],
  limit: ['size', 'pagesize', 'perpage', 'top', 'max', 'first'],
  cursor: ['page', 'offset', 'after', 'nextcursor', 'pagetoken'],
  sort: ['orderby'],
  order: ['direction', 'dir'],
};

const MEANT = new Map(
  Object.entries(OTHER_WORDS).flatMap(([known, words]) => words.map((word) => [word, known])),
);

/**
 * The known name that somebody most likely meant: another word for it, or one that differs by few letters, or begins alike. Upper case and
 * what joins words make no difference.
>>>>>>> http
 *
 * @param known names whose words are joined by dots, hyphens or underscores, as those of the name are
 * @returns undefined where none is near
 */
export function nearest(name: string, known: readonly string[]): string | undefined {
  if (name.length > MAX_LENGTH) return undefined;
<<<<<<< HEAD
  const [first] = known
    .filter((other) => isNear(name, other))
    .map((other) => ({ other, letters: lettersBetween(name, other) }))
    .sort((one, other) => one.letters - other.letters);
  return first?.other;
}

function isNear(name: string, other: string): boolean {
  if (lettersBetween(name, other) <= mostLetters(other)) return true;
  const [words, others] = [wordsOf(name), wordsOf(other)];
  const [fewer, more] = words.length < others.length ? [words, others] : [others, words];
  return more.length === fewer.length + 1 && fewer.every((word) => more.includes(word));
}

function lettersBetween(name: string, other: string): number {
  const [one, two] = [wordsOf(name).join(''), wordsOf(other).join('')];
  // Letters in each other's place are one mistake, which counts as two.
  if (one !== two && lettersOf(one) === lettersOf(two)) return 1;
  return Math.min(distance(one, two), distance(plain(name), plain(other)));
=======
  const meant = plain(name);
  const byPlain = new Map(known.map((one) => [plain(one), one]));
  const names = [...byPlain.keys()];
  const byWord = MEANT.get(meant);
  if (byWord !== undefined && known.includes(byWord)) return byWord;
  if (meant.length < 2) return undefined;
  const maxDistance = meant.length < 4 ? 1 : Math.max(2, Math.floor(meant.length / 3));
  const close =
    // Letters that changed places would count twice.
    names.find((one) => lettersOf(one) === lettersOf(meant)) ??
    closestMatch(meant, names, { maxDistance }) ??
    names.find((one) => meant.length > 2 && (one.startsWith(meant) || meant.startsWith(one)));
  return close === undefined ? undefined : byPlain.get(close);
>>>>>>> http
}

function plain(name: string): string {
  return name.toUpperCase().replace(/[-_. ]/g, '');
}

/** The words in an order of their own. */
function wordsOf(name: string): string[] {
  return name
    .toUpperCase()
    .split(/[-_. ]/)
    .sort();
}

function lettersOf(name: string): string {
  return [...name].sort().join('');
}

/** Tells what is known to who gave a name that is not. */
export function insteadOf(name: string, known: readonly string[]): string {
  const meant = nearest(name, known);
  if (meant !== undefined) return `did you mean ${meant}?`;
  return `known are ${known.join(', ')}`;
}

/** A name that came from outside, as it may stand in a message: short, and quoted where it is no plain word. */
export function shownName(name: string): string {
  const short = name.length > MAX_LENGTH ? `${name.slice(0, MAX_LENGTH).toWellFormed()}…` : name;
  return /^[\w.[\]-]+$/.test(short) ? short : JSON.stringify(short);
}
