import type { Cell, Observation } from './cells.js';
import { REGISTER_COUNT } from './registers.js';

/** A logarithmic likelihood and its derivatives by the rate of each region. */
export interface Likelihood {
  value: number;
  gradient: Float64Array;
  /** The matrix row by row. */
  hessian: Float64Array;
}

/** A likelihood as a function of the rate of each region, by its bits; region 0 (users in no set) is ignored. */
export type LikelihoodOf = (rates: Float64Array) => Likelihood;

/** Keeps quotients finite if a probability is rounded to 0. */
const SMALLEST = 1e-100;

/**
 * The likelihood of the registers of k sketches, if the number of users of each region (in certain sketches and in no other
 * one) is Poisson distributed with the rate of the region. For two sketches this is the likelihood of Ertl, "New
 * cardinality estimation algorithms for HyperLogLog sketches" (2017, arXiv 1702.01284), section 4 on joint estimation.
 *
 * Users of a region with a value l arrive at a register with the rate lambda / (m 2^l), independently of other values, so
 * the likelihood is a product over values. Values without users contribute the `exposure` of each region. In a cell each
 * sketch in `equal` has a user with the value, and no sketch in `less` has one: by inclusion and exclusion over the subsets
 * z of `equal`, with h(z) the rate of the regions that intersect z, but not `less`,
 *
 *     Q = sum over z of (-1)^|z| exp(-h(z) / (m 2^l)).
 *
 * @param rates the rate of each region, by its bits; region 0 (users in no sketch) is ignored
 */
export function likelihoodOf({ cells, exposure }: Observation, rates: Float64Array): Likelihood {
  const size = rates.length;
  const result = {
    value: 0,
    gradient: exposure.map((x) => -x),
    hessian: new Float64Array(size ** 2),
  };
  result.gradient[0] = 0;
  for (let region = 1; region < size; region += 1) {
    result.value -= (rates[region] as number) * (exposure[region] as number);
  }
  const totals = totalsOutside(rates);
  const sums = new Float64Array(size);
  const group = {
    equal: 0,
    less: 0,
    slopes: new Float64Array(size),
    curvature: new Float64Array(size ** 2),
  };
  for (const cell of cells) {
    if (cell.equal !== group.equal || cell.less !== group.less) {
      flush(group, result);
      group.equal = cell.equal;
      group.less = cell.less;
    }
    result.value += addCell(cell, totals, sums, group);
  }
  flush(group, result);
  for (let at = 0; at < result.hessian.length; at += 1) {
    const [row, column] = [Math.floor(at / size), at % size];
    if (column > row) result.hessian[at] = result.hessian[column * size + row] as number;
  }
  return result;
}

/**
 * The derivatives of all cells with the same sketches in `equal` and in `less`. They depend on which sketches of `equal`
 * a region has only, so they are added up by that, and then added to those of all regions that have these.
 */
interface Group {
  equal: number;
  less: number;
  slopes: Float64Array;
  curvature: Float64Array;
}

/** For each set of sketches, the rate of the users who are in none of them. */
function totalsOutside(rates: Float64Array): Float64Array {
  const size = rates.length;
  const totals = rates.map((_, sketches) => rates[size - 1 - sketches] as number);
  totals[size - 1] = 0;
  // First by which regions are outside exactly; then each sketch that need not be inside is added.
  for (let bit = 1; bit < size; bit <<= 1) {
    for (let sketches = 0; sketches < size; sketches += 1) {
      if (sketches & bit) continue;
      totals[sketches] = (totals[sketches] as number) + (totals[sketches | bit] as number);
    }
  }
  return totals;
}

/** @returns what the cell adds to the logarithm of the likelihood */
function addCell(cell: Cell, totals: Float64Array, sums: Float64Array, group: Group): number {
  const { value, equal, count } = cell;
  const size = sums.length;
  const density = 2 ** -Math.min(value, 50) / REGISTER_COUNT;
  addUp(cell, density, totals, sums);
  const chance = Math.max(sums[equal] as number, SMALLEST);
  for (let one = equal; one > 0; one = (one - 1) & equal) {
    const share = (sums[equal & ~one] as number) / chance;
    group.slopes[one] = (group.slopes[one] as number) + count * density * (share - 1);
    const weight = (count * density * density) / chance;
    for (let other = one; other > 0; other = (other - 1) & equal) {
      const both = sums[equal & ~(one | other)] as number;
      const at = one * size + other;
      const curvature = weight * (both - share * (sums[equal & ~other] as number));
      group.curvature[at] = (group.curvature[at] as number) + curvature;
    }
  }
  return count * Math.log(chance);
}

/** Adds the derivatives of a group to those of its regions, in half of the matrix, and empties it. */
function flush({ equal, less, slopes, curvature }: Group, { gradient, hessian }: Likelihood): void {
  const size = slopes.length;
  const outside = size - 1 - less;
  for (let one = outside; one > 0; one = (one - 1) & outside) {
    const own = one & equal;
    if (own === 0) continue;
    gradient[one] = (gradient[one] as number) + (slopes[own] as number);
    for (let other = one; other > 0; other = (other - 1) & outside) {
      const others = other & equal;
      if (others === 0) continue;
      const at = own > others ? own * size + others : others * size + own;
      hessian[one * size + other] =
        (hessian[one * size + other] as number) + (curvature[at] as number);
    }
  }
  for (let one = equal; one > 0; one = (one - 1) & equal) {
    slopes[one] = 0;
    for (let other = one; other > 0; other = (other - 1) & equal) curvature[one * size + other] = 0;
  }
}

/**
 * Replaces the term of each subset y of `equal` by the sum over the subsets z of y: the probability that each sketch in y
 * has a user, if no sketch in `less` has one. The terms are stored minus 1, so that small terms keep their digits; this
 * cancels out in all sums except that of the empty set.
 */
function addUp(
  { equal, less }: Cell,
  density: number,
  totals: Float64Array,
  sums: Float64Array,
): void {
  for (let z = equal; z > 0; z = (z - 1) & equal) {
    const rate = (totals[less] as number) - (totals[less | z] as number);
    sums[z] = Math.expm1(-density * rate) * (isEven(z) ? 1 : -1);
  }
  sums[0] = 0;
  for (let bit = 1; bit <= equal; bit <<= 1) {
    if (!(bit & equal)) continue;
    // In ascending order, so that the subsets without the bit are finished.
    for (let y = 0; y <= equal; y += 1) {
      if ((y & equal) === y && y & bit) sums[y] = (sums[y] as number) + (sums[y ^ bit] as number);
    }
  }
  sums[0] = 1;
}

function isEven(bits: number): boolean {
  let rest = bits;
  let even = true;
  for (; rest > 0; rest &= rest - 1) even = !even;
  return even;
}
