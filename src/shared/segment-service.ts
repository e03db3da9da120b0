import type { Membership } from './membership.js';

/** What can be done with segments. ES does it; USS has ES do it. */
export interface SegmentService {
  /**
   * Stores memberships. Once it resolves they are durable, all but those the outcome names. Storing is
   * idempotent, so what failed may be stored again.
   *
   * @param memberships at most 10,000
   * @throws Failure `unavailable` or `deadline` when it is not known to be stored
   */
  store(memberships: readonly Membership[]): Promise<StoreOutcome>;

  /**
   * Counts the different users of a segment: an estimate with a standard error of 0.81 %.
   *
   * @param segment a valid segment; an unknown one counts 0
   * @param days how many UTC days, today included; the whole window when left out
   * @throws Failure `invalid` when days are not 1 up to the window
   */
  count(segment: string, days?: number): Promise<number>;
}

export interface StoreOutcome {
  /** Positions of the memberships that were not stored because their day is no longer counted. */
  outOfWindow: readonly number[];
  /** How many UTC days are counted, today included. */
  windowDays: number;
}
