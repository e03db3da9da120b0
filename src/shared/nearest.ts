import { distance } from 'fastest-levenshtein';

/** How many letters may differ: two, or one in five of a long name. Two are also two letters in each other's place. */
const mostLetters = (name: string) => Math.max(2, Math.floor(name.length / 5));

/**
 * What somebody meant who wrote a name that is not known: one of nearly the same letters, of the same words in another order,
 * or with one word more or less. The case of letters does not count.
 *
 * @param known names whose words are joined by dots or underscores, as those of the name are
 * @returns undefined where none is near
 */
export function nearest(name: string, known: readonly string[]): string | undefined {
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
  const inOrder = distance(name.toUpperCase(), other.toUpperCase());
  return Math.min(inOrder, distance(wordsOf(name).join('_'), wordsOf(other).join('_')));
}

/** The words in an order of their own. */
function wordsOf(name: string): string[] {
  return name.toUpperCase().split(/[._]/).sort();
}
