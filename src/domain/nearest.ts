import { distance } from 'fastest-levenshtein';
import { OTHER_WORDS } from './other-words.js';

/** Longest name that is compared, in UTF-16 units; to compare takes time for each of one with each of the other. */
const MAX_LENGTH = 64;

const MEANT = new Map(
  Object.entries(OTHER_WORDS).flatMap(([known, words]) =>
    words.map((word) => [plain(word), known]),
  ),
);

/** How many letters may differ: two, one in five of a long name, and of a short one no more than half. */
const mostLetters = ({ length }: string) =>
  Math.min(Math.floor(length / 2), Math.max(2, Math.floor(length / 5)));

/**
 * What somebody meant who wrote a name that is not known: what another word stands for, one of nearly the same letters, of the same words in another order,
 * or with one word more or less. The case of letters, and what joins words, do not count.
 *
 * @param known names whose words are joined by dots, hyphens or underscores, as those of the name are
 * @returns undefined where none is near
 */
export function nearest(name: string, known: readonly string[]): string | undefined {
  if (name.length > MAX_LENGTH) return undefined;
  const word = MEANT.get(plain(name));
  if (word !== undefined && known.includes(word)) return word;
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
