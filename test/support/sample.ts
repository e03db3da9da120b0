import { createRandom } from '../../scripts/testbed/random.js';

/** A row of the sample. */
export interface SampleRow {
  vendor: string;
  reviewer: string;
  /** Milliseconds since 1970. */
  time: number;
}

const SEGMENTS = 200;
const USERS = 55_000;
const DAYS = 31;

/**
 * Memberships of the shape of real ones: few large segments and many small, users that come back, 31
 * days, not in order.
 *
 * @param rows how many
 * @param end the time of the newest row, in milliseconds
 * @param seed the same seed gives the same rows
 */
export function makeSample(rows: number, end: number, seed: number): SampleRow[] {
  const random = createRandom(seed);
  const span = DAYS * 86_400_000 - 1;
  return Array.from({ length: rows }, (_, index) => ({
    // The square of a uniform number favours the first, the cube still more so.
    vendor: `vendor ${Math.floor(random() ** 3 * SEGMENTS)}`,
    reviewer: `r${Math.floor(random() ** 2 * USERS)}`,
    time: index === 0 ? end : end - Math.floor(random() * span),
  }));
}
