import { Failure, invalidField } from '../../domain/failure.js';
import type { SegmentBackend } from '../../segment-service/segment-service.js';
import type { Estimate } from '../sketch/estimate.js';
import { MAX_SKETCHES } from '../sketch/expression.js';
import { type CountEstimate, type Interval, standardErrorOf, Z_95 } from '../sketch/interval.js';

/** A number of users as ES reports it. */
export interface Users {
  /** An estimate; 0 if the number is hidden. */
  userCount: number;
  /** The interval that contains the true number with a confidence of 95 %. */
  interval: Interval;
  /** Whether the number is no estimate; false while small counts are hidden. */
  exact: boolean;
  /** Whether the number is hidden: it is too small or 0, or it would help to compute such a number. */
  belowFloor: boolean;
}

/** The users of one segment as ES reports them. */
export interface SegmentUsers extends Users {
  /** In users. */
  standardError: number;
}

/** Facts about several segments that the floor needs, in addition to the requested number. */
export interface Diagram {
  /**
   * The users of the smallest region of the Venn diagram. A region contains the users who are in certain segments and in no
   * other one.
   */
  leastRegion: number;
  /** The maximum of the number, derived from the reported numbers of each segment. */
  most: number;
}

/**
 * Hides small counts, which could reveal single users, and numbers from which small counts could be computed.
 *
 * A count of a segment over the whole window is reported from `least` on, in multiples of `least`. A count over a part of
 * the window is reported in multiples of twice `least`: two parts that differ by a day may differ by few users, and such
 * steps hide this difference. A number for several segments is reported in the same steps, and only if each region of their
 * Venn diagram has at least as many users, no matter which region was requested. So no difference between reported numbers
 * is small, and a hidden number does not show which region is the reason.
 */
export interface Floor {
  /** Whether anything is hidden or rounded. */
  hides: boolean;
  /**
   * Changes the count of a segment to the reported one.
   *
   * @param days how many days the count covers
   * @default the whole window
   */
  count(users: number, days?: number): number;
  /** Changes the estimate of a segment to the reported one. No part of it reveals more than the count. */
  segment(estimate: CountEstimate, days: number): SegmentUsers;
  /** Changes an estimate for several segments to the reported one. */
  several(estimate: Estimate, diagram: Diagram): Users;
  /**
   * Checks a query about several segments. While small counts are hidden, it must cover the whole window, and name at most
   * as many segments as can be compared. Other queries could be combined to compute a small count.
   *
   * @throws Failure `invalid` if the query may not be answered
   */
  checkSeveral(segments: number, days: number): void;
}

/**
 * @param least the smallest count that is reported, in users; with 0 or 1 every count is reported unchanged
 * @param windowDays how many UTC days the whole window has
 */
export function createFloor(least: number, windowDays: number): Floor {
  const hides = least > 1;
  const partStep = hides ? 2 * least : least;
  const stepOf = (days: number) => (days === windowDays ? least : partStep);
  return {
    hides,
    count: (users, days = windowDays) => roundDown(users, stepOf(days)),

    segment({ count, standardError, interval, exact }, days) {
      const step = stepOf(days);
      if (count < step) return { ...hidden(step - 1), standardError: 0 };
      return hides
        ? segmentFrom(roundDown(count, step), step)
        : { userCount: count, interval, exact, belowFloor: false, standardError };
    },

    several({ value, interval: { low, high }, exact }, { leastRegion, most }) {
      if (hides && Math.min(value, leastRegion) < partStep) return hidden(most);
      if (value < least) return hidden(least - 1);
      const interval = { low: roundDown(low, partStep), high: roundUp(high, partStep) };
      const userCount = roundDown(value, partStep);
      return { userCount, interval, exact: exact && !hides, belowFloor: false };
    },

    checkSeveral(segments, days) {
      if (!hides) return;
      if (days !== windowDays) {
        throw invalidField(
          'days',
          `must be ${windowDays}, the whole window, or left out, while small counts are hidden`,
        );
      }
      if (segments > MAX_SKETCHES) {
        throw new Failure(
          'invalid',
          `all, any and none must name at most ${MAX_SKETCHES} different segments, not ${segments}, while small counts are hidden`,
        );
      }
    },
  };
}

function hidden(most: number): Users {
  return { userCount: 0, interval: { low: 0, high: most }, exact: false, belowFloor: true };
}

/** The estimate, made from the rounded count only: the real count may be any count of its step. */
function segmentFrom(userCount: number, step: number): SegmentUsers {
  const most = userCount + step - 1;
  return {
    userCount,
    interval: {
      low: Math.floor(userCount - Z_95 * standardErrorOf(userCount)),
      high: Math.ceil(most + Z_95 * standardErrorOf(most)),
    },
    exact: false,
    belowFloor: false,
    standardError: standardErrorOf(userCount),
  };
}

/** Rounds down to a multiple of `step`; a step of 0 or 1 changes nothing. */
function roundDown(users: number, step: number): number {
  return step > 1 ? users - (users % step) : users;
}

/** Rounds up to the last number of its step. */
function roundUp(users: number, step: number): number {
  return step > 1 ? roundDown(users, step) + step - 1 : users;
}

/** A backend that reports counts only as the floor allows. */
export function withFloor(backend: SegmentBackend, floor: Floor): SegmentBackend {
  return {
    store: backend.store,
    async count(segments, days) {
      const counts = await backend.count(segments, days);
      return floor.hides
        ? new Map(
            Array.from(counts, ([segment, users]) => [
              segment,
              users instanceof Failure ? users : floor.count(users, days),
            ]),
          )
        : counts;
    },
  };
}
