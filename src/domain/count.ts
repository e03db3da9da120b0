import { Failure } from './failure.js';

/** How many users there are, or why they could not be counted. */
export type Count = number | Failure;

/** How many users a segment has, and whether that is no estimate. */
export interface Counted {
  users: number;
  exact: boolean;
}

/** The count of a segment, or why it could not be counted. */
export type SegmentCount = Counted | Failure;

/** A count as a plain number. */
export function usersOf(count: SegmentCount): Count {
  return count instanceof Failure ? count : count.users;
}

/**
 * Returns counts; some of them may have failed.
 *
 * @throws Failure the first one, if all counts are `unavailable`
 */
export function settleCounts<Result>(counts: (Result | Failure)[]): (Result | Failure)[] {
  const [first] = counts;
  const isUnavailable = (count: Result | Failure | undefined) =>
    count instanceof Failure && count.kind === 'unavailable';
  if (isUnavailable(first) && counts.every(isUnavailable)) throw first;
  return counts;
}

/**
 * The count of one segment among others: null if it failed, so that the others are still answered.
 *
 * @throws Failure `unavailable`, because a retry may succeed
 */
export function countOrNull(count: Count | undefined): number | null {
  if (!(count instanceof Failure)) return count ?? 0;
  if (count.kind === 'unavailable') throw count;
  return null;
}
