import type { Observation } from './cells.js';
import { byAlphas, derivativesOf, type JointPoint, type SharedCell } from './joint-derivatives.js';
import { type LikelihoodOf, likelihoodOf } from './likelihood.js';
import type { SampleObservation } from './sample-cells.js';
import { solvePositive } from './solve.js';

/** Another step for the alphas must change the logarithm of the likelihood by at least this. */
const TOLERANCE = 1e-6;
const MAX_STEPS = 8;

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
  let alphas = cells.map(() => 1);
  return (rates) => {
    const shared = cells.map(({ regions, count }, index) => ({
      regions,
      count,
      total: regions.reduce((sum, region) => sum + (rates[region] as number), 0),
      alpha: alphas[index] as number,
    }));
    const pointAt = (moved: SharedCell[]): JointPoint => ({
      rates,
      exposure,
      cells: moved,
      inner: likelihoodOf(registers, seenRates(rates, exposure, moved)),
    });
    const point = leastByAlphas(pointAt(shared), pointAt);
    alphas = point.cells.map(({ alpha }) => alpha);
    return { value: logarithmOf(point), ...derivativesOf(point) };
  };
}

/** Newton steps in the alphas. The function is convex in them, and starts near its least value. */
function leastByAlphas(
  start: JointPoint,
  pointAt: (cells: SharedCell[]) => JointPoint,
): JointPoint {
  let point = start;
  for (let step = 0; step < MAX_STEPS; step += 1) {
    const { cells } = point;
    const { slopes, curvature } = byAlphas(point);
    const change = solvePositive(curvature, slopes, 0);
    const drop = change?.reduce((sum, by, at) => sum + by * (slopes[at] as number), 0) ?? 0;
    if (change === undefined || drop < TOLERANCE) break;
    point = pointAt(
      cells.map((cell, index) => {
        const by = Math.max(-1, Math.min(1, (change[index] as number) / cell.alpha));
        return { ...cell, alpha: cell.alpha * Math.exp(-by) };
      }),
    );
  }
  return point;
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
  return cells.reduce(
    (sum, { count, total, alpha }) => sum + count * (Math.log(total * alpha ** -1) + alpha - 1),
    inner.value - unseen,
  );
}
