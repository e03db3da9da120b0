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
  const sums = new Float64Array(size);
  for (const cell of cells) addCell(cell, rates, sums, result);
  return result;
}

function addCell(cell: Cell, rates: Float64Array, sums: Float64Array, result: Likelihood): void {
  const { value, equal, less, count } = cell;
  const size = rates.length;
  const density = 2 ** -Math.min(value, 50) / REGISTER_COUNT;
  addUp(equal, less, density, rates, sums);
  const chance = Math.max(sums[equal] as number, SMALLEST);
  result.value += count * Math.log(chance);
  for (let one = 1; one < size; one += 1) {
    if (one & less || !(one & equal)) continue;
    const share = (sums[equal & ~one] as number) / chance;
    result.gradient[one] = (result.gradient[one] as number) + count * density * (share - 1);
    for (let other = 1; other <= one; other += 1) {
      if (other & less || !(other & equal)) continue;
      const both = (sums[equal & ~(one | other)] as number) / chance;
      const product = (share * (sums[equal & ~other] as number)) / chance;
      const at = one * size + other;
      const curvature = count * density * density * (both - product);
      result.hessian[at] = (result.hessian[at] as number) + curvature;
      result.hessian[other * size + one] = result.hessian[at] as number;
    }
  }
}

/**
 * Replaces the term of each subset y of `equal` by the sum over the subsets z of y: the probability that each sketch in y
 * has a user, if no sketch in `less` has one. The terms are stored minus 1, so that small terms keep their digits; this
 * cancels out in all sums except that of the empty set.
 */
function addUp(
  equal: number,
  less: number,
  density: number,
  rates: Float64Array,
  sums: Float64Array,
): void {
  for (let z = equal; z > 0; z = (z - 1) & equal) {
    let rate = 0;
    for (let region = 1; region < rates.length; region += 1) {
      if (region & z && !(region & less)) rate += rates[region] as number;
    }
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
