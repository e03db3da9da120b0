import type { Likelihood, LikelihoodOf } from './likelihood.js';
import { solvePositive } from './solve.js';

/** The best rates, by region, and the likelihood there. */
export interface Maximum {
  rates: Float64Array;
  likelihood: Likelihood;
}

const MAX_STEPS = 300;
/** The smallest initial rate, as a part of the sum of all. */
const SMALLEST_START = 1e-5;
/** The minimum expected improvement for another step, in the logarithm of the likelihood. */
const TOLERANCE = 1e-5;
/** How much one step may change the logarithm of a rate. */
const MAX_CHANGE = 4;

/**
 * Maximises a likelihood by Newton steps in the logarithms of the rates. A step without an improvement is repeated with more
 * damping, which makes it shorter and steeper (Levenberg and Marquardt). So the likelihood never gets worse, and the search
 * ends after at most 300 steps. A rate whose best value is 0 becomes so small that it makes no difference.
 *
 * @param start the rate of each region; that of region 0 is ignored
 */
export function maximise(likelihoodOf: LikelihoodOf, start: Float64Array): Maximum {
  const at = (rates: Float64Array) => ({ rates, likelihood: likelihoodOf(rates) });
  // Near 0 the derivative by the logarithm of a rate vanishes, so all rates start at a distance.
  const least = SMALLEST_START * start.reduce((sum, rate) => sum + rate, 0);
  let best = at(start.map((rate, region) => (region === 0 ? 0 : Math.max(least, rate))));
  let damping = 1e-6;
  for (let step = 0; step < MAX_STEPS; step += 1) {
    const { gradient, curvature } = inLogarithms(best);
    const change = solvePositive(curvature, gradient, damping);
    const gain =
      change?.reduce((sum, delta, index) => sum + delta * (gradient[index] as number), 0) ?? 0;
    if (change !== undefined && gain < TOLERANCE) break;
    const next = change && at(moved(best.rates, change));
    if (next !== undefined && next.likelihood.value > best.likelihood.value) {
      best = next;
      damping = Math.max(damping / 20, 1e-9);
    } else {
      damping = Math.max(damping * 10, 0.01);
    }
  }
  return best;
}

function moved(rates: Float64Array, change: Float64Array): Float64Array {
  return rates.map((rate, region) => {
    if (region === 0) return 0;
    const delta = Math.min(MAX_CHANGE, Math.max(-MAX_CHANGE, change[region - 1] as number));
    return Math.max(1e-12, rate * Math.exp(delta));
  });
}

/** The derivatives by the logarithms of the rates, without region 0; the second derivatives are negated. */
export function inLogarithms({ rates, likelihood }: Maximum) {
  const size = rates.length;
  const count = size - 1;
  const gradient = new Float64Array(count);
  const curvature = new Float64Array(count * count);
  for (let one = 1; one < size; one += 1) {
    const rate = rates[one] as number;
    const slope = rate * (likelihood.gradient[one] as number);
    gradient[one - 1] = slope;
    for (let other = 1; other < size; other += 1) {
      const second = likelihood.hessian[one * size + other] as number;
      curvature[(one - 1) * count + other - 1] = -rate * (rates[other] as number) * second;
    }
    const diagonal = (one - 1) * (count + 1);
    const bend = slope < 0 ? -slope / MAX_CHANGE : -slope;
    curvature[diagonal] = (curvature[diagonal] as number) + bend;
  }
  return { gradient, curvature };
}
