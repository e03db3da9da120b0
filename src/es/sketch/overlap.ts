import { type Fit, fitRegions, regionInterval } from './fit.js';
import { type CountEstimate, estimateCount, type Interval } from './interval.js';
import { profileInterval, type Quantity } from './profile.js';
import { mergeRegisters } from './registers.js';
import type { SketchedSet } from './sketched-set.js';

/** An estimate, and the interval that contains the true number with a confidence of 95 %. */
export interface Estimate {
  /** A whole number if it is a number of users. */
  value: number;
  interval: Interval;
  /** Whether the value is the true number, not an estimate. */
  exact: boolean;
}

/** The estimate for 0 users. */
export const EMPTY_ESTIMATE: Estimate = { value: 0, interval: { low: 0, high: 0 }, exact: true };

/** How two sets of users overlap. `onlyFirst`, `onlySecond` and `both` add up to `union`. */
export interface OverlapEstimate {
  onlyFirst: Estimate;
  onlySecond: Estimate;
  both: Estimate;
  union: Estimate;
  /** The part of the union that is in both sets, from 0 to 1; 0 if there are no users. */
  jaccard: Estimate;
  /** Whether `both` is reliable: see `isReliable`. */
  reliable: boolean;
}

/** The greatest half width of a reliable interval, as a part of the estimate. */
const RELIABLE_HALF_WIDTH = 0.2;

const ONLY_FIRST = 1;
const ONLY_SECOND = 2;
const BOTH = 3;

/**
 * How the users of two sketches overlap, by joint maximum likelihood (Ertl, "New cardinality estimation algorithms for
 * HyperLogLog sketches", 2017, arXiv 1702.01284). It compares the sketches register by register. So it is more accurate
 * than inclusion and exclusion, which adds the errors of three counts. Intervals come from the profile likelihood
 * (`profileInterval`).
 *
 * The three parts add up to the union. The union differs from PFCOUNT of both by less than the standard error of PFCOUNT,
 * because two sketches contain a little more information than their merge; its interval is as wide as that of the merge.
 * `both` is at most the count of the smaller set, and its interval ends no later than that of the smaller set.
 */
export function estimateOverlap(
  { registers: first }: SketchedSet,
  { registers: second }: SketchedSet,
): OverlapEstimate {
  const merged = estimateCount(mergeRegisters([first, second]));
  const sizes = [estimateCount(first), estimateCount(second)] as const;
  if (sizes[0].count === 0 || sizes[1].count === 0) return withoutOverlap(sizes, merged);
  const fit = fitRegions([first, second], merged.count);
  const [onlyFirst, onlySecond, both] = [ONLY_FIRST, ONLY_SECOND, BOTH].map((region) =>
    regionEstimate(fit, region),
  ) as [Estimate, Estimate, Estimate];
  const bounded = atMost(both, sizes);
  const union = onlyFirst.value + onlySecond.value + bounded.value;
  return {
    onlyFirst,
    onlySecond,
    both: bounded,
    union: { value: union, interval: scaled(merged.interval, union / merged.count), exact: false },
    jaccard: jaccardOf(fit),
    reliable: isReliable(bounded),
  };
}

/**
 * Whether an estimate is reliable: on average its interval extends at most 20 % of the estimate to each side. A certain 0
 * is reliable too.
 */
export function isReliable({ value, interval }: Pick<Estimate, 'value' | 'interval'>): boolean {
  return (interval.high - interval.low) / 2 <= RELIABLE_HALF_WIDTH * value;
}

/** The users of a region, in whole numbers. */
export function regionEstimate(fit: Fit, region: number): Estimate {
  const { low, high } = regionInterval(fit, region);
  const value = Math.round(fit.best.rates[region] as number);
  return { value, interval: { low: Math.round(low), high: Math.round(high) }, exact: false };
}

/** Limits the estimate of users that are in each of some sets. */
export function atMost(
  { value, interval, exact }: Estimate,
  sets: readonly { count: number; interval: Interval }[],
): Estimate {
  const high = Math.min(interval.high, ...sets.map((set) => set.interval.high));
  const bounded = Math.min(value, ...sets.map(({ count }) => count));
  return { value: bounded, interval: { low: Math.min(interval.low, bounded), high }, exact };
}

export function toEstimate({ count, interval, exact }: CountEstimate): Estimate {
  return { value: count, interval, exact };
}

function scaled({ low, high }: Interval, factor: number): Interval {
  return { low: Math.floor(low * factor), high: Math.ceil(high * factor) };
}

function jaccardOf({ observation, best, total }: Fit): Estimate {
  const quantity: Quantity = {
    of: (rates) => {
      const sum = rates.reduce((all, rate) => all + rate, 0);
      return sum === 0 ? 0 : (rates[BOTH] as number) / sum;
    },
    familyAt: (share) => ({
      offset: new Float64Array(4),
      directions: [ONLY_FIRST, ONLY_SECOND].map((region) => {
        const direction = new Float64Array(4);
        direction[region] = 1 - share;
        direction[BOTH] = share;
        return direction;
      }),
    }),
    startAt: (rates) => {
      const first = (rates[ONLY_FIRST] as number) + 1e-3;
      const second = (rates[ONLY_SECOND] as number) + 1e-3;
      return Float64Array.of(first, second).map((only) => (only * total) / (first + second));
    },
    most: 1,
    resolution: 1e-6,
  };
  const value = quantity.of(best.rates);
  const { low, high } = profileInterval(observation, best, quantity);
  return { value, interval: { low, high: Math.min(1, high) }, exact: false };
}

function withoutOverlap(
  [first, second]: readonly [CountEstimate, CountEstimate],
  merged: CountEstimate,
): OverlapEstimate {
  return {
    onlyFirst: toEstimate(first),
    onlySecond: toEstimate(second),
    both: EMPTY_ESTIMATE,
    union: toEstimate(merged),
    jaccard: EMPTY_ESTIMATE,
    reliable: true,
  };
}
