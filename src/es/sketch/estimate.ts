import type { CountEstimate, Interval } from './interval.js';

/** An estimate, and the interval that contains the true number with a confidence of 95 %. */
export interface Estimate {
  /** A whole number if it is a number of users. */
  value: number;
  interval: Interval;
  /** Whether the value is the true number, not an estimate. */
  exact: boolean;
}

/** The greatest half width of a reliable interval, as a part of the estimate. */
const RELIABLE_HALF_WIDTH = 0.2;

/**
 * Whether an estimate is reliable: on average its interval extends at most 20 % of the estimate to each side. A certain 0
 * is reliable too.
 */
export function isReliable({ value, interval }: Pick<Estimate, 'value' | 'interval'>): boolean {
  return (interval.high - interval.low) / 2 <= RELIABLE_HALF_WIDTH * value;
}

/** A value that is known. */
export function exactEstimate(value: number): Estimate {
  return { value, interval: { low: value, high: value }, exact: true };
}

/** A value that is not known, and the least interval that contains both the given one and the value. */
export function uncertain(value: number, { low, high }: Interval): Estimate {
  const interval = { low: Math.min(low, value), high: Math.max(high, value) };
  return { value, interval, exact: false };
}

export function toEstimate({ count, interval, exact }: CountEstimate): Estimate {
  return { value: count, interval, exact };
}
