/** Half of what lies outside of an interval of 95 %. */
const TAIL = 0.025;

/**
 * What the observed number itself counts for. With 1, the rule of Clopper and Pearson, intervals are too wide
 * where few numbers are likely at all; with 1/2, the mid-P rule, too narrow for some n. With this, the exact
 * coverage is 93.2 % or more for every n.
 */
const OBSERVED_WEIGHT = 0.6;

/**
 * The numbers of users that go with as many cells in use, users choosing among all cells at random: those
 * for which having fewer cells in use, or more, each with the observed number weighed in, is not less
 * probable than 2.5 %.
 *
 * The users it takes to fill v cells are v and, for each cell, those who met a cell in use before: geometric
 * numbers that are independent, with the sum s(v). That n users fill v cells or more is that v + s(v) <= n.
 *
 * @param occupied cells in use, at least 1 and fewer than half of all
 * @param cells how many there are
 */
export function boundsOfOccupied(occupied: number, cells: number): { low: number; high: number } {
  const reach = repeatsOf(occupied, cells);
  // Of v + u users these are P(V >= v), and P(V > v).
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

/** The distribution of s(v): what is improbable enough is left out, so it ends. */
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

/** The distribution of the sum with one more geometric number, of users who meet a cell in use. */
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
