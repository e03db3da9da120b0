/** How long to wait before each of several tries, in milliseconds. */
export interface Backoff {
  /** The longest wait before the first retry; it doubles with each that follows. */
  firstMs: number;
  /** The longest wait before any retry. */
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

/** A wait of at least half of the longest, at random, so that those who wait do not all come back at once. */
export function jitteredMs(longestMs: number, random: () => number = Math.random): number {
  return longestMs * (0.5 + random() / 2);
}
