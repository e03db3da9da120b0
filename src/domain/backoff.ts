/** How long to wait before each retry, in milliseconds. */
export interface Backoff {
  /** The maximum wait before the first retry; it doubles with each further retry. */
  firstMs: number;
  /** The maximum wait before any retry. */
  maxMs: number;
}

/**
 * Exponential backoff with "equal jitter" (Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
 *
 * @param retry 0 for the first retry
 * @param random from 0 to 1
 * @returns milliseconds
 */
export function backoffMs(
  { firstMs, maxMs }: Backoff,
  retry: number,
  random?: () => number,
): number {
  return jitteredMs(Math.min(firstMs * 2 ** retry, maxMs), random);
}

/** A random wait of at least half the maximum, so that not all waiting clients return at the same time. */
export function jitteredMs(longestMs: number, random: () => number = Math.random): number {
  return longestMs * (0.5 + random() / 2);
}
