import { type Observation, observe } from './cells.js';
import type { Interval } from './interval.js';
import { type Family, type Maximum, maximise } from './maximise.js';
import { profileInterval, type Quantity } from './profile.js';
import type { Registers } from './registers.js';

/** The most likely number of users in each region (the rates), and the observation that the rates were fitted to. */
export interface Fit {
  observation: Observation;
  best: Maximum;
  /** The sum of all rates. */
  total: number;
}

/**
 * Finds the most likely number of users in each region. A region contains the users who are in certain sketches and in no
 * other one; k sketches have 2^k - 1 regions.
 *
 * @param union the count of all sketches merged, more than 0
 */
export function fitRegions(sketches: readonly Registers[], union: number): Fit {
  const observation = observe(sketches);
  const size = 1 << sketches.length;
  const start = startOf(observation, union);
  const directions = start.slice(1).map((_, index) => index + 1);
  const family: Family = {
    offset: new Float64Array(size),
    directions: Array.from(directions, (region) => unit(size, region)),
  };
  const best = maximise(observation, family, start.slice(1));
  return { observation, best, total: best.rates.reduce((sum, rate) => sum + rate, 0) };
}

/** The 95 % interval of the users of one region. */
export function regionInterval({ observation, best, total }: Fit, region: number): Interval {
  const size = best.rates.length;
  const others = Array.from(best.rates.keys()).filter((other) => other > 0 && other !== region);
  const directions = others.map((other) => unit(size, other));
  const quantity: Quantity = {
    of: (rates) => rates[region] as number,
    familyAt: (value) => ({ offset: unit(size, region, value), directions }),
    startAt: (rates) => Float64Array.from(others, (other) => rates[other] as number),
    most: 4 * total + 100,
    resolution: 0.1,
  };
  return profileInterval(observation, best, quantity);
}

/**
 * The rates to start from: each region gets a part of the union, in proportion to the registers of the merge whose value
 * comes from this region.
 */
function startOf({ cells, sketchCount }: Observation, union: number): Float64Array {
  const all = (1 << sketchCount) - 1;
  const shares = new Float64Array(all + 1).fill(0.5);
  shares[0] = 0;
  for (const { equal, less, count } of cells) {
    if ((equal | less) === all) shares[equal] = (shares[equal] as number) + count;
  }
  const sum = shares.reduce((total, share) => total + share, 0);
  return shares.map((share) => (share * union) / sum);
}

function unit(size: number, region: number, value = 1): Float64Array {
  const vector = new Float64Array(size);
  vector[region] = value;
  return vector;
}
