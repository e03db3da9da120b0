import type { Observation } from './cells.js';
import { type Interval, Z_95 } from './interval.js';
import { type Family, type Maximum, maximise } from './maximise.js';

/** Something to be read off the rates, and the family of rates for which it has a value. */
export interface Quantity {
  of(rates: Float64Array): number;
  familyAt(value: number): Family;
  /** Factors of such a family near some rates. */
  startAt(rates: Float64Array): Float64Array;
  /** It is never more. */
  most: number;
  /** Differences that are too small to matter. */
  resolution: number;
}

interface Point {
  /** From the estimate. */
  distance: number;
  /** How many standard errors it is from the best, by its likelihood, less those of the limit. */
  excess: number;
  /** The quantity, for a number of users that is not random. */
  value: number;
}

const MAX_STEPS = 20;
/** In standard errors: 0.02 more or less make a difference of 0.1 % to the confidence. */
const CLOSE_ENOUGH = 0.02;
/** The first step away from the estimate, as a part of the longest. */
const FIRST_STEP = 0.002;

/**
 * The interval of 95 % of a quantity by its profile likelihood: all values for which the other rates can be
 * chosen so that the likelihood is within exp(-1.96^2 / 2) of the best. Unlike one from a standard error it
 * is right at the border too, where a region is empty, and need not be symmetric.
 *
 * That alone would be the interval of a rate, wider than that of the number of users n by how much a Poisson
 * number varies. The likelihood of n comes from that of the rates by a saddle point approximation of the
 * coefficient that belongs to n: with s the derivative of the logarithm by the rate lambda, it is that of
 *
 *     n = lambda (1 + s),   lower by   lambda - n + n log(n / lambda),
 *
 * where n is how many users to expect in the region, given the registers and lambda. For large numbers this
 * takes n off the variance; a sketch that shows each user leaves an interval of one number.
 */
export function profileInterval(
  observation: Observation,
  best: Maximum,
  quantity: Quantity,
): Interval {
  const { of, familyAt, startAt, most, resolution } = quantity;
  const estimate = of(best.rates);
  const limit = (placeAt: (distance: number) => number, farthest: number) => {
    let start = startAt(best.rates);
    return search(estimate, farthest, resolution, (distance) => {
      const maximum = maximise(observation, familyAt(placeAt(distance)), start);
      start = maximum.factors;
      return toPoint(distance, maximum, best, quantity);
    });
  };
  // Downwards on a logarithmic scale, since a rate far below the number it goes with may be the limit.
  const low =
    estimate < resolution
      ? 0
      : limit((distance) => estimate * Math.exp(-distance / estimate), estimate * 25);
  const high = limit((distance) => Math.min(most, estimate + distance), most - estimate);
  return { low: low < resolution ? 0 : Math.min(low, estimate), high: Math.max(high, estimate) };
}

function toPoint(
  distance: number,
  { rates, likelihood }: Maximum,
  best: Maximum,
  quantity: Quantity,
): Point {
  let drop = best.likelihood.value - likelihood.value;
  const users = rates.map((rate, region) => {
    const expected = Math.max(0, rate * (1 + (likelihood.gradient[region] as number)));
    if (rate > 0) drop -= rate - expected;
    if (rate > 0 && expected > 0) drop -= expected * Math.log(expected / rate);
    return expected;
  });
  return { distance, excess: Math.sqrt(Math.max(0, 2 * drop)) - Z_95, value: quantity.of(users) };
}

/** The value of the quantity where the excess is 0, or as far away as that may be. */
function search(
  estimate: number,
  farthest: number,
  resolution: number,
  pointAt: (distance: number) => Point,
): number {
  let inside: Point = { distance: 0, excess: -Z_95, value: estimate };
  let outside = pointAt(farthest * FIRST_STEP);
  while (outside.excess <= 0) {
    inside = outside;
    if (inside.distance >= farthest) return inside.value;
    // Standard errors grow with the distance: a little more than it takes.
    const factor = Math.min(20, Math.max(1.3, (1.1 * Z_95) / (inside.excess + Z_95)));
    outside = pointAt(Math.min(farthest, inside.distance * factor));
  }
  return narrow(inside, outside, resolution, pointAt);
}

/** Between two points, by false position (the Illinois variant). */
function narrow(
  first: Point,
  second: Point,
  resolution: number,
  pointAt: (distance: number) => Point,
): number {
  let [inside, outside] = [first, second];
  let [below, above] = [inside.excess, outside.excess];
  let wasOutside: boolean | undefined;
  for (let step = 0; step < MAX_STEPS; step += 1) {
    if (Math.abs(outside.value - inside.value) < resolution) break;
    const share = below / (below - above);
    const point = pointAt(inside.distance + share * (outside.distance - inside.distance));
    if (Math.abs(point.excess) < CLOSE_ENOUGH) return point.value;
    const isOutside = point.excess > 0;
    // An end that stays twice counts for less, so that both ends move.
    if (isOutside === wasOutside && isOutside) below /= 2;
    if (isOutside === wasOutside && !isOutside) above /= 2;
    if (isOutside) [outside, above] = [point, point.excess];
    else [inside, below] = [point, point.excess];
    wasOutside = isOutside;
  }
  return between(inside, outside);
}

/**
 * The value at the limit when points come no closer to it. Where few users are all that makes sketches alike,
 * the best explanation without some of them may be another one altogether, and the likelihood jumps: what is
 * in between mixes both, register by register, so its logarithm goes straight from one to the other.
 */
function between(inside: Point, outside: Point): number {
  const drop = ({ excess }: Point) => (excess + Z_95) ** 2;
  const share = (Z_95 ** 2 - drop(inside)) / (drop(outside) - drop(inside));
  return inside.value + share * (outside.value - inside.value);
}
