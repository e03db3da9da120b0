import { histogramOf, MAX_REGISTER, REGISTER_COUNT, type Registers } from './registers.js';

/** 1 / (2 ln 2). */
const ALPHA = 0.7213475204444817;

/**
 * The number of different users that a sketch has seen. It is exactly the result of PFCOUNT, because each step is the same
 * as in Redis and rounds the same way. This is the improved estimator of Ertl, "New cardinality estimation algorithms for
 * HyperLogLog sketches" (2017, arXiv 1702.01284), section 2, algorithm 6. It needs neither a correction table nor another
 * estimator for a part of the range.
 *
 * It is at most `Number.MAX_SAFE_INTEGER`. No real number of users comes near it, but registers may be written by hand.
 */
export function countRegisters(registers: Registers): number {
  const histogram = histogramOf(registers);
  const saturated = histogram[MAX_REGISTER] as number;
  let z = REGISTER_COUNT * tau((REGISTER_COUNT - saturated) / REGISTER_COUNT);
  for (let value = MAX_REGISTER - 1; value >= 1; value -= 1) {
    z = (z + (histogram[value] as number)) * 0.5;
  }
  z += REGISTER_COUNT * sigma((histogram[0] as number) / REGISTER_COUNT);
  // If all registers are saturated, z is 0 and the quotient is infinite.
  const count = Math.round((ALPHA * REGISTER_COUNT * REGISTER_COUNT) / z);
  return Math.min(count, Number.MAX_SAFE_INTEGER);
}

/** The contribution of the registers that are 0, by their share; infinite if all are 0. */
export function sigma(share: number): number {
  if (share === 1) return Number.POSITIVE_INFINITY;
  let x = share;
  let y = 1;
  let sum = share;
  for (let before = Number.NaN; before !== sum; ) {
    x *= x;
    before = sum;
    sum += x * y;
    y += y;
  }
  return sum;
}

/** The contribution of the registers at their maximum, by the share of all others. */
function tau(share: number): number {
  if (share === 0 || share === 1) return 0;
  let x = share;
  let y = 1;
  let sum = 1 - share;
  for (let before = Number.NaN; before !== sum; ) {
    x = Math.sqrt(x);
    before = sum;
    y *= 0.5;
    sum -= (1 - x) * (1 - x) * y;
  }
  return sum / 3;
}
