import { countRegisters, sigma } from './count.js';
import { boundsOfOccupied } from './occupancy.js';
import { MAX_REGISTER, REGISTER_COUNT, type Registers } from './registers.js';

/** Where a quantity lies with a confidence of 95 %, both ends included. */
export interface Interval {
  low: number;
  high: number;
}

/** A count with its error. */
export interface CountEstimate {
  /** Different users: what PFCOUNT says. */
  count: number;
  /** The standard deviation of such a count over sketches of as many users, in users. */
  standardError: number;
  /** In whole users; of one value when the sketch is as good as exact. */
  interval: Interval;
}

/** Standard errors to each side of a normal estimate that make 95 %. */
export const Z_95 = 1.959964;

/** Up to here the interval comes from the exact distribution; the two agree where one takes over. */
const MAX_EXACT_OCCUPIED = 1_024;

/**
 * The count of a sketch, its standard error, and an interval that holds the true number for 95 % of sketches.
 *
 * Few users leave a sketch nearly exact: it only errs where two of them met in a register. Up to 1,024
 * registers in use the interval is exact (`boundsOfOccupied`), and covers more than 95 % where one value
 * more or less is all the difference there is. Beyond, the count is normal around the true number n with the
 * standard error that is computed here, not the asymptotic 0.81 %: it starts at 1 / sqrt(2 * 16384) = 0.55 %.
 */
export function estimateCount(registers: Registers): CountEstimate {
  const count = countRegisters(registers);
  if (count === 0) return { count, standardError: 0, interval: { low: 0, high: 0 } };
  const standardError = standardErrorOf(count);
  const occupied = registers.reduce((sum, value) => sum + Math.min(value, 1), 0);
  const { low, high } =
    occupied <= MAX_EXACT_OCCUPIED
      ? boundsOfOccupied(occupied, REGISTER_COUNT)
      : { low: count - Z_95 * standardError, high: count + Z_95 * standardError };
  // The exact bounds look at which registers are in use, the count at their values as well.
  const interval = {
    low: Math.min(count, Math.floor(low)),
    high: Math.max(count, Math.ceil(high)),
  };
  return { count, standardError, interval };
}

/**
 * The standard error of the count of n users. By the delta method the count varies as the sum z of what each
 * register contributes to it (see `countRegisters`). Registers are independent when the number of users is
 * itself Poisson; its variance n is then taken off, because the number of users is what is asked for.
 */
export function standardErrorOf(users: number): number {
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

/** The derivative of `sigma`. */
function sigmaSlope(share: number): number {
  let power = 1;
  let x = share;
  let factor = 1;
  let sum = 1;
  // Of the k-th term, 2^(k-1) x^(2^k), the derivative is 2^(2k-1) x^(2^k - 1).
  for (let term = 1; term > sum * 1e-17; ) {
    power *= x;
    x *= x;
    factor *= 4;
    term = 0.5 * factor * power;
    sum += term;
  }
  return sum;
}
