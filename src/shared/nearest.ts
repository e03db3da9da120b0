import { closestMatch } from 'leven';

/** Longest name that is compared, in UTF-16 units; to compare takes time for each of one with each of the other. */
const MAX_LENGTH = 64;

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
 *
 * @returns undefined where none is much like it
 */
export function nearest(name: string, known: readonly string[]): string | undefined {
  if (name.length > MAX_LENGTH) return undefined;
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
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[-_. ]/g, '');
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
