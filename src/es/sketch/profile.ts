import type { Fit } from './fit.js';
import { type Interval, Z_95 } from './interval.js';
import type { LikelihoodOf } from './likelihood.js';
import { inLogarithms, maximise } from './maximise.js';
import type { Quantity } from './quantity.js';
import { solvePositive } from './solve.js';

interface Point {
  /** How strongly the quantity is pulled away from the estimate. */
  distance: number;
  /** How many standard errors it is away from the best point, by its likelihood, minus those of the limit. */
  excess: number;
  /** The quantity if the number of users is not random. */
  value: number;
}

const MAX_STEPS = 20;
/** How near to the limit is near enough, in standard errors: 0.02 changes the confidence by 0.1 %. */
const CLOSE_ENOUGH = 0.02;
/** How many times the pull of one more user the strongest pull is. */
const FARTHEST = 1e4;
/** In how many steps at least the strongest pull is reached: there rates are beyond all measure. */
const FIRST_PART = 60;

/**
 * The 95 % interval of a quantity by its profile likelihood: all values for which the rates can be chosen so that the
 * likelihood is at least exp(-1.96^2 / 2) times the best one. Unlike an interval from a standard error, it is also right if
 * a region is empty, and it need not be symmetric. To find the best rates for a value, a multiple of the quantity is added
 * to the logarithm of the likelihood (a Lagrange multiplier, here the pull): the stronger the pull, the farther the value.
 *
 * Alone, this would be the interval of a rate. It is wider than the interval of the number of users n, because a Poisson
 * number varies. A saddle point approximation gives the likelihood of n from that of the rates: with s the derivative of
 * its logarithm by the rate lambda, it is the likelihood at
 *
 *     n = lambda (1 + s),   lower by   lambda - n + n log(n / lambda),
 *
 * where n is the expected number of users of the region, given what is seen and lambda. For large numbers this subtracts n
 * from the variance; for a sketch that shows each single user the interval is one number.
 */
export function profileInterval(fit: Fit, quantity: Quantity): Interval {
  const { best, exposure } = fit;
  const estimate = quantity.of(best.rates).value;
  const farthest = FARTHEST * quantity.unit(best.rates);
  const down: Way = {
    farthest,
    pullAt: (distance) => -distance,
    lossOfOne: Number.POSITIVE_INFINITY,
  };
  const low = estimate < quantity.resolution ? 0 : limitOf(fit, quantity, down);
  const high = limitOf(fit, quantity, wayUp(quantity.mostPull(exposure), farthest));
  // Registers and samples that contradict each other, as crafted ids make them, may lead nowhere.
  const most = quantity.most(best.rates);
  return {
    low: low < quantity.resolution ? 0 : Math.min(low, estimate),
    high: Math.max(estimate, high < most ? high : most),
  };
}

/** A way from the estimate to a limit. */
interface Way {
  farthest: number;
  pullAt(distance: number): number;
  /** What one more user costs when the strongest pull is reached, in the logarithm of the likelihood. */
  lossOfOne: number;
}

/**
 * From a pull on that is as strong as the exposure there are no best rates. Where nobody was seen, any weaker pull leads
 * nowhere: then each user who is not seen, with a probability of one minus the exposure, costs the same.
 */
function wayUp(mostPull: number, farthest: number): Way {
  if (mostPull === Number.POSITIVE_INFINITY) {
    return { farthest, pullAt: (distance) => distance, lossOfOne: mostPull };
  }
  return {
    farthest: 30 * mostPull,
    pullAt: (distance) => -mostPull * Math.expm1(-distance / mostPull),
    lossOfOne: -Math.log1p(-mostPull),
  };
}

function limitOf(fit: Fit, quantity: Quantity, way: Way): number {
  let start = fit.best.rates;
  const pointAt = (distance: number): Point => {
    const pull = way.pullAt(distance);
    start = maximise(pulled(fit.likelihoodOf, quantity, pull), start).rates;
    return { distance, ...outcomeOf(fit, quantity, start) };
  };
  const estimate = quantity.of(start).value;
  const first: Point = { distance: 0, excess: -Z_95, value: estimate };
  const step = Math.min(firstPull(fit, quantity), way.farthest / FIRST_PART);
  return search(first, step, { ...way, pointAt, resolution: quantity.resolution });
}

/** The pull that leads to the limit if the estimate is normally distributed. */
function firstPull({ best }: Fit, quantity: Quantity): number {
  const { gradient } = quantity.of(best.rates);
  const slopes = best.rates.slice(1).map((rate, index) => rate * (gradient[index + 1] as number));
  const { curvature } = inLogarithms(best);
  let change = solvePositive(curvature, slopes, 1e-9);
  // Where some users may as well be in one region as in another, the likelihood is flat.
  for (let damping = 1e-6; change === undefined; damping *= 10) {
    change = solvePositive(curvature, slopes, damping);
  }
  const ofNumbers = best.rates.reduce(
    (sum, rate, region) => sum + rate * (gradient[region] as number) ** 2,
    0,
  );
  const ofRates = change.reduce((sum, by, index) => sum + by * (slopes[index] as number), 0);
  return Z_95 / Math.sqrt(Math.max(ofRates - ofNumbers, 0.01 * ofRates, 1e-12));
}

function pulled(likelihoodOf: LikelihoodOf, quantity: Quantity, pull: number): LikelihoodOf {
  return (rates) => {
    const result = likelihoodOf(rates);
    const { value, gradient, hessian } = quantity.of(rates);
    result.value += pull * value;
    for (let at = 0; at < gradient.length; at += 1) {
      result.gradient[at] = (result.gradient[at] as number) + pull * (gradient[at] as number);
    }
    for (let at = 0; hessian !== undefined && at < hessian.length; at += 1) {
      result.hessian[at] = (result.hessian[at] as number) + pull * (hessian[at] as number);
    }
    return result;
  };
}

function outcomeOf({ likelihoodOf, best }: Fit, quantity: Quantity, rates: Float64Array) {
  const { value, gradient } = likelihoodOf(rates);
  let drop = best.likelihood.value - value;
  const users = rates.map((rate, region) => {
    const expected = Math.max(0, rate * (1 + (gradient[region] as number)));
    if (rate > 0) drop -= rate - expected;
    if (rate > 0 && expected > 0) drop -= expected * Math.log(expected / rate);
    return expected;
  });
  const excess = Math.sqrt(Math.max(0, 2 * drop)) - Z_95;
  return { excess, value: quantity.of(users).value };
}

interface Search extends Way {
  pointAt(distance: number): Point;
  /** Smaller differences of the quantity do not matter. */
  resolution: number;
}

/** The value of the quantity at which the excess is 0. */
function search(start: Point, step: number, by: Search): number {
  let inside = start;
  let outside = by.pointAt(step);
  while (outside.excess <= 0) {
    inside = outside;
    if (inside.distance >= by.farthest) return inside.value + lossLeft(inside) / by.lossOfOne;
    // A little farther than necessary, because standard errors grow with the distance.
    const factor = Math.min(20, Math.max(1.3, (1.1 * Z_95) / (inside.excess + Z_95)));
    outside = by.pointAt(Math.min(by.farthest, inside.distance * factor));
  }
  return narrow(inside, outside, by);
}

function lossLeft({ excess }: Point): number {
  return (Z_95 ** 2 - (excess + Z_95) ** 2) / 2;
}

/** Finds the limit between two points by false position (regula falsi, the Illinois variant). */
function narrow(first: Point, second: Point, { pointAt, resolution }: Search): number {
  let [inside, outside] = [first, second];
  let [below, above] = [inside.excess, outside.excess];
  let wasOutside: boolean | undefined;
  for (let step = 0; step < MAX_STEPS; step += 1) {
    if (Math.abs(outside.value - inside.value) < resolution) break;
    const share = below / (below - above);
    const point = pointAt(inside.distance + share * (outside.distance - inside.distance));
    if (Math.abs(point.excess) < CLOSE_ENOUGH) return point.value;
    const isOutside = point.excess > 0;
    // The value of an end that stays twice is halved, so that both ends move.
    if (isOutside === wasOutside && isOutside) below /= 2;
    if (isOutside === wasOutside && !isOutside) above /= 2;
    if (isOutside) [outside, above] = [point, point.excess];
    else [inside, below] = [point, point.excess];
    wasOutside = isOutside;
  }
  return between(inside, outside);
}

/**
 * The value at the limit if no point comes closer. If only few users make sketches similar, the best explanation without
 * some of these users may be a completely different one, and the likelihood jumps. Points in between mix both explanations
 * register by register, so the logarithm of the likelihood is interpolated linearly.
 */
function between(inside: Point, outside: Point): number {
  const share = lossLeft(inside) / (lossLeft(inside) - lossLeft(outside));
  return inside.value + share * (outside.value - inside.value);
}
