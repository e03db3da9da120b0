// Who mistypes a name is told the one that was meant.

/**
 * The name that is most like a word.
 *
 * @param {string} word
 * @param {readonly string[]} names
 * @returns {string | undefined} undefined where none is like it: more than a third of the longer one differs
 */
export function nearest(word, names) {
  const [best] = names
    .map((name) => ({ name, far: distance(word.toLowerCase(), name.toLowerCase()) }))
    .filter(({ name, far }) => far <= Math.max(word.length, name.length) / 3)
    .sort((one, other) => one.far - other.far);
  return best?.name;
}

/**
 * How many characters have to be put in, taken out, replaced or swapped with their neighbour. Of long words only the
 * beginnings are looked at.
 *
 * @param {string} one
 * @param {string} other
 */
function distance(one, other) {
  const [from, to] = [one.slice(0, MAX_LENGTH), other.slice(0, MAX_LENGTH)];
  /** @type {number[][]} */
  const rows = [Array.from({ length: to.length + 1 }, (_, column) => column)];
  const at = (/** @type {number} */ row, /** @type {number} */ column) =>
    /** @type {number} */ (rows[row]?.[column]);
  for (let row = 1; row <= from.length; row += 1) {
    const line = [row];
    rows.push(line);
    for (let column = 1; column <= to.length; column += 1) {
      const isSame = from[row - 1] === to[column - 1];
      const isSwapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      line[column] = Math.min(
        at(row - 1, column) + 1,
        at(row, column - 1) + 1,
        at(row - 1, column - 1) + (isSame ? 0 : 1),
        isSwapped && row > 1 && column > 1 ? at(row - 2, column - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
  }
  return at(from.length, to.length);
}

const MAX_LENGTH = 100;
