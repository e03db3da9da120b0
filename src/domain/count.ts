import { Failure } from './failure.js';

/** How many users there are, or why that cannot be told. */
export type Count = number | Failure;

/**
 * Counts of which some may have failed.
 *
 * @throws Failure why, where all are `unavailable`
 */
export function settleCounts(counts: Count[]): Count[] {
  const [first] = counts;
  const isAway = (count: Count | undefined) =>
    count instanceof Failure && count.kind === 'unavailable';
  if (isAway(first) && counts.every(isAway)) throw first;
  return counts;
}

/**
 * The count of a segment among those of others: null where it cannot be told, so that the others are.
 *
 * @throws Failure `unavailable` when it may be told a little later
 */
export function countOrNull(count: Count | undefined): number | null {
  if (!(count instanceof Failure)) return count ?? 0;
  if (count.kind === 'unavailable') throw count;
  return null;
}
