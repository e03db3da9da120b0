import type { Observation } from './cells.js';
import {
  byAlphas,
  derivativesOf,
  type JointPoint,
  type LeastPoint,
  RIDGE,
  type SharedCell,
} from './joint-derivatives.js';
import { type LikelihoodOf, likelihoodOf } from './likelihood.js';
import type { SampleObservation } from './sample-cells.js';
import { solvePositive } from './solve.js';

/** A step for the alphas that changes the logarithm of the likelihood by less is the last one. */
const TOLERANCE = 1e-4;
const MAX_STEPS = 20;
/** How much one step may change the logarithm of an alpha. */
const MAX_CHANGE = 1;

/**
 * The likelihood of registers and samples together. Both show the same users, so it is the likelihood of the samples times
 * that of the registers if the users of the samples are known.
 *
 * Samples: users arrive with the rate of their region times its exposure, so a cell of c users contributes
 * `c log(sum of the rates of its regions)`. Registers have then seen the users that samples do not show, a Poisson number
 * in each region, and the c users of each cell, who are in its regions in proportion to the rates. As c is no random number,
 * but the registers' likelihood is that of Poisson numbers, a saddle point approximation is used, as `profileInterval` does
 * for the users of a region: the least, over all alpha, of the likelihood at alpha c users plus `c (alpha - 1 - log alpha)`.
 */
export function jointLikelihoodOf(
  registers: Observation,
  { cells, exposure }: SampleObservation,
): LikelihoodOf {
  if (exposure.every((share) => share === 0)) return (rates) => likelihoodOf(registers, rates);
  return (rates) => {
    const shared = cells.map((cell) => ({
      ...cell,
      total: cell.regions.reduce((sum, region) => sum + (rates[region] as number), cell.lookalikes),
      alpha: 1,
    }));
    const least = leastByAlphas(shared, (moved) => ({
      rates,
      exposure,
      cells: moved,
      inner: likelihoodOf(registers, seenRates(rates, exposure, moved)),
    }));
    return { value: logarithmOf(least.point) - least.drop / 2, ...derivativesOf(least) };
  };
}

/**
 * Newton steps in the logarithms of the alphas, from 1, which they are near. For one cell the function is convex in it; in
 * case it is not for several, damping leads downhill. The last step is so small that its outcome is known without taking it.
 */
function leastByAlphas(
  start: SharedCell[],
  pointAt: (cells: SharedCell[]) => JointPoint,
): LeastPoint & { drop: number } {
  let point = pointAt(start);
  for (let step = 0; ; step += 1) {
    const derivatives = byAlphas(point);
    const { slopes, curvature } = derivatives;
    let change = solvePositive(curvature, slopes, 0);
    for (let damping = 0.01; change === undefined; damping *= 10) {
      change = solvePositive(curvature, slopes, damping);
    }
    const drop = change.reduce((sum, by, at) => sum + by * (slopes[at] as number), 0);
    if (drop < TOLERANCE) return { point, derivatives, change, drop };
    if (step === MAX_STEPS) return { point, derivatives, change: change.fill(0), drop: 0 };
    const last = change;
    const moved = point.cells.map((cell, index) => {
      const by = Math.max(-MAX_CHANGE, Math.min(MAX_CHANGE, last[index] as number));
      return { ...cell, alpha: cell.alpha * Math.exp(-by) };
    });
    point = pointAt(moved);
  }
}

/** The rate at which registers have seen users of each region. */
function seenRates(rates: Float64Array, exposure: Float64Array, cells: SharedCell[]): Float64Array {
  const seen = rates.map((rate, region) => rate * (1 - (exposure[region] as number)));
  for (const { regions, count, alpha, total } of cells) {
    for (const region of regions) {
      const part = (rates[region] as number) / total;
      seen[region] = (seen[region] as number) + count * alpha * part;
    }
  }
  return seen;
}

function logarithmOf({ rates, exposure, cells, inner }: JointPoint): number {
  const unseen = rates.reduce((sum, rate, region) => sum + rate * (exposure[region] as number), 0);
  return cells.reduce((sum, { count, total, alpha }) => {
    const pull = (RIDGE / 2) * Math.log(alpha) ** 2;
    return sum + count * (Math.log(total / alpha) + alpha - 1 + pull);
  }, inner.value - unseen);
}
