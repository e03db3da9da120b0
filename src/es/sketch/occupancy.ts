/** The probability outside of a 95 % interval, on each side. */
const TAIL = 0.025;

/**
 * The weight of the observed number itself. With 1, the rule of Clopper and Pearson, intervals are too wide if only few
 * numbers are likely; with 1/2, the mid-P rule, they are too narrow for some n. With this weight the exact coverage is at
 * least 93.2 % for every n.
 */
const OBSERVED_WEIGHT = 0.6;

/**
 * The numbers of users that are plausible for a number of occupied cells, if each user occupies a random cell. For a
 * plausible number, fewer occupied cells have a probability of at least 2.5 %, and so have more; both include the observed
 * number with its weight.
 *
 * To occupy v cells takes v users and, for each cell, the users before who got an occupied cell: independent geometric
 * numbers with the sum s(v). So n users occupy v or more cells if and only if v + s(v) <= n.
 *
 * @param occupied how many cells are occupied, at least 1 and fewer than half of all
 * @param cells how many cells there are
 */
export function boundsOfOccupied(occupied: number, cells: number): { low: number; high: number } {
  const reach = repeatsOf(occupied, cells);
  // For v + u users these are P(V >= v) and P(V > v).
  const atLeast = cumulate(reach);
  const more = cumulate(nextRepeats(reach, occupied / cells));
  const weigh = (one: number, other: number) =>
    OBSERVED_WEIGHT * one + (1 - OBSERVED_WEIGHT) * other;
  const atMost = (u: number) => 1 - weigh(at(more, u - 1), at(atLeast, u));
  let low = 0;
  while (weigh(at(atLeast, low), at(more, low - 1)) < TAIL) low += 1;
  let high = low;
  while (atMost(high + 1) >= TAIL) high += 1;
  return { low: occupied + low, high: occupied + high };
}

/** The distribution of s(v), without the improbable end. */
function repeatsOf(occupied: number, cells: number): Float64Array {
  const expected = (occupied * occupied) / (2 * (cells - occupied));
  const length = Math.ceil(expected + 10 * Math.sqrt(expected) + 20);
  let distribution: Float64Array = new Float64Array(length);
  distribution[0] = 1;
  for (let filled = 1; filled < occupied; filled += 1) {
    distribution = nextRepeats(distribution, filled / cells);
  }
  return distribution;
}

/** The distribution of the sum with one more geometric number: the users who get an occupied cell. */
function nextRepeats(distribution: Float64Array, probability: number): Float64Array {
  let previous = 0;
  return distribution.map((chance) => {
    previous = (1 - probability) * chance + probability * previous;
    return previous;
  });
}

function cumulate(distribution: Float64Array): Float64Array {
  let sum = 0;
  return distribution.map((chance) => {
    sum += chance;
    return sum;
  });
}

function at(cumulated: Float64Array, index: number): number {
  return index < 0 ? 0 : (cumulated[Math.min(index, cumulated.length - 1)] as number);
}
