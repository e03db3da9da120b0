import { standardErrorOf } from '../../sketch/interval.js';

/** The most that PFCOUNT says of so many users: one of 30,000 segments gets more. */
export function mostCounted(users: number): number {
  return users + 4 * standardErrorOf(users) + 1;
}
