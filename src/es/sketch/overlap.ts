import { type Fit, fitRegions, regionInterval } from './fit.js';
import { type CountEstimate, estimateCount, type Interval } from './interval.js';
import { profileInterval, type Quantity } from './profile.js';
import { mergeRegisters, type Registers } from './registers.js';

/** An estimate and the interval that holds the truth with a confidence of 95 %. */
export interface Estimate {
  /** For users, a whole number. */
  value: number;
  interval: Interval;
}

/** How two sets of users overlap. `onlyFirst`, `onlySecond` and `both` add up to `union`. */
export interface OverlapEstimate {
  onlyFirst: Estimate;
  onlySecond: Estimate;
  both: Estimate;
  union: Estimate;
  /** What share of the union is in both, from 0 to 1; 0 when there are no users at all. */
  jaccard: Estimate;
  /** Whether `both` is good for more than an order of magnitude: see `isReliable`. */
  reliable: boolean;
}

/** The half width of a reliable interval, as a part of the estimate. */
export const RELIABLE_HALF_WIDTH = 0.2;

const ONLY_FIRST = 1;
const ONLY_SECOND = 2;
const BOTH = 3;

/**
 * How the users of two sketches overlap, by joint maximum likelihood (Ertl, "New cardinality estimation
 * algorithms for HyperLogLog sketches", 2017, arXiv 1702.01284), which compares the sketches register by
 * register, where inclusion and exclusion only has the error of three counts to take from each other.
 * Intervals are those of the profile likelihood (`profileInterval`).
 *
 * The union is the count of the merged sketches, and the parts are scaled to add up to it. `both` is never
 * more than the count of the smaller set, nor is the end of its interval more than that of the smaller set's.
 */
export function estimateOverlap(first: Registers, second: Registers): OverlapEstimate {
  const merged = estimateCount(mergeRegisters([first, second]));
  const union = toEstimate(merged);
  const sizes = [estimateCount(first), estimateCount(second)] as const;
  if (sizes[0].count === 0 || sizes[1].count === 0) return withoutOverlap(sizes, union);
  const fit = fitRegions([first, second], merged.count);
  const scale = merged.count / fit.total;
  const [onlyFirst, onlySecond, both] = [ONLY_FIRST, ONLY_SECOND, BOTH].map((region) =>
    scaled(fit.best.rates[region] as number, regionInterval(fit, region), scale),
  ) as [Estimate, Estimate, Estimate];
  const parts = addedUp({ onlyFirst, onlySecond, both: atMost(both, sizes) }, merged.count);
  return { ...parts, union, jaccard: jaccardOf(fit), reliable: isReliable(parts.both) };
}

/**
 * Whether an estimate is reliable: its interval reaches no further than 20 % of it to each side, on average.
 * So is a 0 that is certain.
 */
export function isReliable({ value, interval }: Estimate): boolean {
  return (interval.high - interval.low) / 2 <= RELIABLE_HALF_WIDTH * value;
}

/** An estimate in whole users. */
export function scaled(value: number, { low, high }: Interval, scale: number): Estimate {
  const whole = (users: number) => Math.round(users * scale);
  return { value: whole(value), interval: { low: whole(low), high: whole(high) } };
}

/** The estimate of what is part of each of some sets. */
export function atMost(
  { value, interval }: Estimate,
  sets: readonly { count: number; interval: Interval }[],
): Estimate {
  const high = Math.min(interval.high, ...sets.map((set) => set.interval.high));
  const bounded = Math.min(value, ...sets.map(({ count }) => count));
  return { value: bounded, interval: { low: Math.min(interval.low, bounded), high } };
}

export function toEstimate({ count, interval }: CountEstimate): Estimate {
  return { value: count, interval };
}

function addedUp(
  parts: { onlyFirst: Estimate; onlySecond: Estimate; both: Estimate },
  union: number,
) {
  const { onlyFirst, onlySecond, both } = parts;
  const rest = union - both.value;
  // What rounding and bounds leave goes to the larger part, where it matters least.
  const smaller = Math.min(rest, onlyFirst.value, onlySecond.value);
  const firstIsSmaller = onlyFirst.value <= onlySecond.value;
  return {
    onlyFirst: around(firstIsSmaller ? smaller : rest - smaller, onlyFirst.interval),
    onlySecond: around(firstIsSmaller ? rest - smaller : smaller, onlySecond.interval),
    both,
  };
}

function around(value: number, { low, high }: Interval): Estimate {
  return { value, interval: { low: Math.min(low, value), high: Math.max(high, value) } };
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
    most: 1 - 1e-9,
  };
  const value = quantity.of(best.rates);
  const { low, high } = profileInterval(observation, best, quantity);
  return { value, interval: { low, high: Math.min(1, high) } };
}

function withoutOverlap(
  [first, second]: readonly [CountEstimate, CountEstimate],
  union: Estimate,
): OverlapEstimate {
  const none = { value: 0, interval: { low: 0, high: 0 } };
  return {
    onlyFirst: toEstimate(first),
    onlySecond: toEstimate(second),
    both: none,
    union,
    jaccard: none,
    reliable: true,
  };
}
