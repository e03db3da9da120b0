import { distance } from 'fastest-levenshtein';
import { OTHER_WORDS } from './synonyms.js';

/** The maximum length of a name that is compared, in UTF-16 code units: the time grows with the product of both lengths. */
const MAX_LENGTH = 64;

const KNOWN_BY_SYNONYM = new Map(
  Object.entries(OTHER_WORDS).flatMap(([known, words]) =>
    words.map((word) => [plain(word), known]),
  ),
);

/** How many letters may differ: two; one in five in a long name; at most half in a short one. */
const maxDistance = ({ length }: string) =>
  Math.min(Math.floor(length / 2), Math.max(2, Math.floor(length / 5)));

/**
 * The known name that was probably meant by an unknown one: its synonym, a name with nearly the same letters, with the same
 * words in another order, or with one word more or less. Upper and lower case, and the characters that join words, make no
 * difference.
 *
 * @param known names whose words are joined by dots, hyphens or underscores
 * @returns undefined if no name is near
 */
export function nearest(name: string, known: readonly string[]): string | undefined {
  if (name.length > MAX_LENGTH) return undefined;
  const word = KNOWN_BY_SYNONYM.get(plain(name));
  if (word !== undefined && known.includes(word)) return word;
  const [first] = known
    .filter((other) => isNear(name, other))
    .map((other) => ({ other, letters: lettersBetween(name, other) }))
    .sort((one, other) => one.letters - other.letters);
  return first?.other;
}

function isNear(name: string, other: string): boolean {
  if (lettersBetween(name, other) <= maxDistance(other)) return true;
  const words = wordsOf(name);
  const others = wordsOf(other);
  const [fewer, more] = words.length < others.length ? [words, others] : [others, words];
  return more.length === fewer.length + 1 && fewer.every((word) => more.includes(word));
}

function lettersBetween(name: string, other: string): number {
  const one = wordsOf(name).join('');
  const two = wordsOf(other).join('');
  // Two swapped letters are one mistake, which Levenshtein's distance counts as two.
  if (one !== two && lettersOf(one) === lettersOf(two)) return 1;
  return Math.min(distance(one, two), distance(plain(name), plain(other)));
}

function plain(name: string): string {
  return name.toUpperCase().replace(/[-_. ]/g, '');
}

/** The words of a name, sorted. */
function wordsOf(name: string): string[] {
  return name
    .toUpperCase()
    .split(/[-_. ]/)
    .sort();
}

function lettersOf(name: string): string {
  return [...name].sort().join('');
}

/** A hint for a message about an unknown name: the name that was probably meant, or all known ones. */
export function insteadOf(name: string, known: readonly string[]): string {
  const meant = nearest(name, known);
  if (meant !== undefined) return `did you mean ${meant}?`;
  return `known are ${known.join(', ')}`;
}

/** Formats a name from a client for a message: shortened, and quoted unless it is a plain word. */
export function shownName(name: string): string {
  const short = name.length > MAX_LENGTH ? `${name.slice(0, MAX_LENGTH).toWellFormed()}…` : name;
  return /^[\w.[\]-]+$/.test(short) ? short : JSON.stringify(short);
}
