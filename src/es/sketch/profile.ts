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
}

interface Point {
  at: number;
  /** How many standard errors it is from the best, by its likelihood, less those of the limit. */
  excess: number;
  /** The quantity, for a number of users that is not random. */
  value: number;
}

const MAX_STEPS = 24;
const CLOSE_ENOUGH = 0.01;

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
  const estimate = quantity.of(best.rates);
  let start = quantity.startAt(best.rates);
  const pointAt = (at: number): Point => {
    const maximum = maximise(observation, quantity.familyAt(at), start);
    start = maximum.factors;
    return toPoint(at, maximum, best, quantity);
  };
  const center = { at: estimate, excess: -Z_95, value: estimate };
  const floor = pointAt(Math.min(estimate, quantity.most) * 1e-9 + Number.MIN_VALUE);
  const low = floor.excess <= 0 ? 0 : search(center, floor, pointAt);
  start = quantity.startAt(best.rates);
  let outer = center;
  let inner = center;
  let width = Math.max(estimate - low, quantity.most * 1e-5);
  while (outer.excess <= 0 && outer.at < quantity.most) {
    inner = outer;
    outer = pointAt(Math.min(quantity.most, estimate + width * 1.2));
    width *= 3;
  }
  const high = outer.excess <= 0 ? outer.value : search(inner, outer, pointAt);
  return { low: Math.min(low, estimate), high: Math.max(high, estimate) };
}

function toPoint(at: number, { rates, likelihood }: Maximum, best: Maximum, quantity: Quantity) {
  let drop = best.likelihood.value - likelihood.value;
  const users = rates.map((rate, region) => {
    const expected = Math.max(0, rate * (1 + (likelihood.gradient[region] as number)));
    if (rate > 0) drop -= rate - expected;
    if (rate > 0 && expected > 0) drop -= expected * Math.log(expected / rate);
    return expected;
  });
  return { at, excess: Math.sqrt(Math.max(0, 2 * drop)) - Z_95, value: quantity.of(users) };
}

/** The value where the excess is 0, by false position (the Illinois variant). */
function search(inside: Point, outside: Point, pointAt: (at: number) => Point): number {
  let [low, high] = [inside, outside];
  let [lowExcess, highExcess] = [low.excess, high.excess];
  let last = 0;
  for (let step = 0; step < MAX_STEPS; step += 1) {
    const share = lowExcess / (lowExcess - highExcess);
    const point = pointAt(low.at + share * (high.at - low.at));
    if (Math.abs(point.excess) < CLOSE_ENOUGH) return point.value;
    const side = Math.sign(point.excess);
    if (side > 0) {
      [high, highExcess] = [point, point.excess];
      if (side === last) lowExcess /= 2;
    } else {
      [low, lowExcess] = [point, point.excess];
      if (side === last) highExcess /= 2;
    }
    last = side;
  }
  return high.value;
}
