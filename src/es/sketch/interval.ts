import { countRegisters, sigma } from './count.js';
import { boundsOfOccupied } from './occupancy.js';
import { histogramOf, MAX_REGISTER, REGISTER_COUNT, type Registers } from './registers.js';

/** The interval that contains a quantity with a confidence of 95 %, both ends included. */
export interface Interval {
  low: number;
  high: number;
}

/** A count with its error. */
export interface CountEstimate {
  /** Different users: the result of PFCOUNT. */
  count: number;
  /** The standard deviation of the count over sketches of the same number of users, in users. */
  standardError: number;
  /** In whole users; a single value if the sketch is almost exact. */
  interval: Interval;
  /** Whether the count is the number of users, not an estimate. */
  exact: boolean;
}

/** How many standard errors to each side of a normally distributed estimate make 95 %. */
export const Z_95 = 1.959964;

/** Up to this number of occupied registers the interval is exact. At this number both methods agree. */
const MAX_EXACT_OCCUPIED = 1_024;

/** The largest count of a sketch with so few occupied registers: when all 1,024 are at their maximum. */
const MAX_COUNT_OF_FEW = 1_059;

/**
 * The count of a sketch, its standard error, and an interval that contains the true number for 95 % of sketches.
 *
 * A sketch of few users is almost exact: it is wrong only if two users share a register. Up to 1,024 occupied registers the
 * interval is exact (`boundsOfOccupied`), and covers more than 95 % if it can only grow by whole users. Beyond that, the
 * count is normally distributed around the true number n. Its standard error is computed here, because it is not yet the
 * asymptotic 0.81 %: it starts at 1 / sqrt(2 * 16384) = 0.55 %.
 */
export function estimateCount(registers: Registers): CountEstimate {
  const count = countRegisters(registers);
  const known = estimateFromCount(count);
  if (known !== undefined) return known;
  const occupied = REGISTER_COUNT - (histogramOf(registers)[0] as number);
  return occupied > MAX_EXACT_OCCUPIED
    ? estimateNormal(count)
    : estimateBetween(count, exactBounds(occupied));
}

/** The exact bounds of each number of occupied registers; to compute them takes up to a millisecond. */
const knownBounds: Interval[] = [];

function exactBounds(occupied: number): Interval {
  knownBounds[occupied] ??= boundsOfOccupied(occupied, REGISTER_COUNT);
  return knownBounds[occupied];
}

/**
 * The same from the count alone.
 *
 * @returns undefined if the interval also depends on the registers, because there are few users
 */
export function estimateFromCount(count: number): CountEstimate | undefined {
  if (count === 0) return { count, standardError: 0, interval: { low: 0, high: 0 }, exact: true };
  return count > MAX_COUNT_OF_FEW ? estimateNormal(count) : undefined;
}

function estimateNormal(count: number): CountEstimate {
  const half = Z_95 * standardErrorOf(count);
  return estimateBetween(count, { low: count - half, high: count + half });
}

/** The exact bounds use only which registers are occupied; the count also uses their values. */
function estimateBetween(count: number, { low, high }: Interval): CountEstimate {
  return {
    count,
    standardError: standardErrorOf(count),
    interval: { low: Math.min(count, Math.floor(low)), high: Math.max(count, Math.ceil(high)) },
    exact: false,
  };
}

/**
 * The standard error of the count of n users, by the delta method: the count varies as the sum z of the contributions of
 * all registers (see `countRegisters`). Registers are independent if the number of users is Poisson distributed; the
 * variance n of that number is then subtracted, because the real number is fixed.
 *
 * Of few users that difference is less than the error of the delta method. Their count is then as good as that of linear
 * counting, whose variance is m (exp(n / m) - n / m - 1) (Whang et al., "A linear-time probabilistic counting algorithm",
 * 1990): about n^2 / 2m, or n (n - 1) / 2m where two of n users must meet for an error.
 */
export function standardErrorOf(users: number): number {
  if (users <= MAX_EXACT_OCCUPIED) return standardErrorOfFew(users);
  const rate = users / REGISTER_COUNT;
  const empty = Math.exp(-rate);
  const slope = sigmaSlope(empty);
  let total = sigma(empty);
  let mean = empty * slope;
  let square = empty * slope * slope;
  for (let value = 1; value < MAX_REGISTER; value += 1) {
    const weight = 2 ** -value;
    const probability = Math.exp(-rate * weight) * -Math.expm1(-rate * weight);
    total += probability * weight;
    mean += probability * weight;
    square += probability * weight * weight;
  }
  const relativeVariance = (square - mean * mean) / (REGISTER_COUNT * total * total);
  return Math.sqrt(Math.max(0, users * users * relativeVariance - users));
}

function standardErrorOfFew(users: number): number {
  const rate = users / REGISTER_COUNT;
  const perUser = (REGISTER_COUNT * (Math.expm1(rate) - rate)) / Math.max(1, users);
  return Math.sqrt(Math.max(0, perUser * (users - 1)));
}

/** The derivative of `sigma`. */
function sigmaSlope(share: number): number {
  let power = 1;
  let x = share;
  let factor = 1;
  let sum = 1;
  // The derivative of the k-th term, 2^(k-1) x^(2^k), is 2^(2k-1) x^(2^k - 1).
  for (let term = 1; term > sum * 1e-17; ) {
    power *= x;
    x *= x;
    factor *= 4;
    term = 0.5 * factor * power;
    sum += term;
  }
  return sum;
}
