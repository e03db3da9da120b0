import type { Observation } from './cells.js';
import { type Interval, Z_95 } from './interval.js';
import { type Family, type Maximum, maximise } from './maximise.js';

/** A quantity that follows from the rates, and the family of rates for which it has a given value. */
export interface Quantity {
  of(rates: Float64Array): number;
  familyAt(value: number): Family;
  /** The factors of such a family near the given rates. */
  startAt(rates: Float64Array): Float64Array;
  /** The greatest value of the quantity. */
  most: number;
  /** Smaller differences do not matter. */
  resolution: number;
}

interface Point {
  /** The distance from the estimate. */
  distance: number;
  /** How many standard errors it is away from the best point, by its likelihood, minus those of the limit. */
  excess: number;
  /** The quantity if the number of users is not random. */
  value: number;
}

const MAX_STEPS = 20;
/** How near to the limit is near enough, in standard errors: 0.02 changes the confidence by 0.1 %. */
const CLOSE_ENOUGH = 0.02;
/** The first step away from the estimate, as a part of the greatest distance. */
const FIRST_STEP = 0.002;

/**
 * The 95 % interval of a quantity by its profile likelihood: all values for which the other rates can be chosen so that the
 * likelihood is at least exp(-1.96^2 / 2) times the best one. Unlike an interval from a standard error, it is also right if
 * a region is empty, and it need not be symmetric.
 *
 * Alone, this would be the interval of a rate. It is wider than the interval of the number of users n, because a Poisson
 * number varies. A saddle point approximation gives the likelihood of n from that of the rates: with s the derivative of
 * its logarithm by the rate lambda, it is the likelihood at
 *
 *     n = lambda (1 + s),   lower by   lambda - n + n log(n / lambda),
 *
 * where n is the expected number of users of the region, given the registers and lambda. For large numbers this subtracts n
 * from the variance; for a sketch that shows each single user the interval is one number.
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
  // Downwards on a logarithmic scale, because the limit may be a rate far below its number of users.
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

/** The value of the quantity at which the excess is 0, or the value at the greatest distance. */
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
    // A little farther than necessary, because standard errors grow with the distance.
    const factor = Math.min(20, Math.max(1.3, (1.1 * Z_95) / (inside.excess + Z_95)));
    outside = pointAt(Math.min(farthest, inside.distance * factor));
  }
  return narrow(inside, outside, resolution, pointAt);
}

/** Finds the limit between two points by false position (regula falsi, the Illinois variant). */
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
  const drop = ({ excess }: Point) => (excess + Z_95) ** 2;
  const share = (Z_95 ** 2 - drop(inside)) / (drop(outside) - drop(inside));
  return inside.value + share * (outside.value - inside.value);
}
