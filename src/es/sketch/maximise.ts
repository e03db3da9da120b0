import type { Observation } from './cells.js';
import { type Likelihood, likelihoodOf } from './likelihood.js';
import { solvePositive } from './solve.js';

/**
 * The family of rates for the search: `offset` plus the sum of `directions`, each multiplied by a positive factor. The
 * numbers of `offset` and `directions` are not negative, so no rate is negative.
 */
export interface Family {
  offset: Float64Array;
  directions: Float64Array[];
}

/** The best rates of a family, the factors that make them, and the likelihood there. */
export interface Maximum {
  factors: Float64Array;
  rates: Float64Array;
  likelihood: Likelihood;
}

const MAX_STEPS = 80;
/** The smallest initial factor, as a part of the sum of all. */
const SMALLEST_START = 1e-5;
/** The minimum expected improvement for another step, in the logarithm of the likelihood. */
const TOLERANCE = 1e-5;
/** How much one step may change the logarithm of a factor. */
const MAX_CHANGE = 4;

/**
 * Maximises the likelihood over a family of rates, by Newton steps in the logarithms of the factors. A step without an
 * improvement is repeated with more damping, which makes it shorter and steeper (Levenberg and Marquardt). So the
 * likelihood never gets worse, and the search ends after at most 80 steps. A factor whose best value is 0 becomes so small
 * that it makes no difference.
 */
export function maximise(observation: Observation, family: Family, start: Float64Array): Maximum {
  // Near 0 the derivative by the logarithm of a factor vanishes, so all factors start at a distance.
  const least = SMALLEST_START * start.reduce((sum, factor) => sum + factor, 0);
  let best = evaluate(
    observation,
    family,
    start.map((factor) => Math.max(least, factor)),
  );
  let damping = 1e-6;
  for (let step = 0; step < MAX_STEPS; step += 1) {
    const { gradient, curvature } = inFactors(best, family);
    const change = solvePositive(curvature, gradient, damping);
    const gain =
      change?.reduce((sum, delta, index) => sum + delta * (gradient[index] ?? 0), 0) ?? 0;
    if (change !== undefined && gain < TOLERANCE) break;
    const next = change && evaluate(observation, family, moved(best.factors, change));
    if (next !== undefined && next.likelihood.value > best.likelihood.value) {
      best = next;
      damping = Math.max(damping / 20, 1e-9);
    } else {
      damping = Math.max(damping * 10, 0.01);
    }
  }
  return best;
}

function moved(factors: Float64Array, change: Float64Array): Float64Array {
  return factors.map((factor, index) => {
    const delta = Math.min(MAX_CHANGE, Math.max(-MAX_CHANGE, change[index] as number));
    return Math.max(1e-12, factor * Math.exp(delta));
  });
}

function evaluate(
  observation: Observation,
  { offset, directions }: Family,
  factors: Float64Array,
): Maximum {
  const rates = offset.slice();
  for (const [index, direction] of directions.entries()) {
    const factor = factors[index] as number;
    for (let region = 0; region < rates.length; region += 1) {
      rates[region] = (rates[region] as number) + factor * (direction[region] as number);
    }
  }
  return { factors, rates, likelihood: likelihoodOf(observation, rates) };
}

/** The derivatives by the logarithms of the factors; the second derivatives are negated. */
function inFactors({ factors, likelihood }: Maximum, { directions }: Family) {
  const { gradient: byRate, hessian } = likelihood;
  const count = factors.length;
  const size = byRate.length;
  const gradient = new Float64Array(count);
  const curvature = new Float64Array(count * count);
  for (const [one, direction] of directions.entries()) {
    const factor = factors[one] as number;
    gradient[one] = factor * dot(direction, byRate);
    const turned = new Float64Array(size);
    for (let region = 1; region < size; region += 1) {
      turned[region] = dot(direction, hessian.subarray(region * size, (region + 1) * size));
    }
    for (let other = 0; other <= one; other += 1) {
      const value = factor * (factors[other] as number) * dot(directions[other], turned);
      curvature[one * count + other] = -value;
      curvature[other * count + one] = -value;
    }
    const diagonal = one * count + one;
    curvature[diagonal] = (curvature[diagonal] as number) - (gradient[one] as number);
  }
  return { gradient, curvature };
}

function dot(one: Float64Array = new Float64Array(), other: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < one.length; index += 1) {
    sum += (one[index] as number) * (other[index] as number);
  }
  return sum;
}
