/** The standard error of PFCOUNT, relative: Redis has 16,384 registers. */
const STANDARD_ERROR = 1.04 / Math.sqrt(16_384);

/** The most that PFCOUNT says of so many users: one of 30,000 segments gets more. */
export function mostCounted(users: number): number {
  return Math.ceil(users * (1 + 4 * STANDARD_ERROR)) + 1;
}
