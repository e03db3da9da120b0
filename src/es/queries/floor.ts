import { Failure, invalidField } from '../../domain/failure.js';
import type { SegmentBackend } from '../../segment-service/segment-service.js';
import { MAX_SKETCHES } from '../sketch/expression.js';
import { type CountEstimate, type Interval, standardErrorOf, Z_95 } from '../sketch/interval.js';
import type { Estimate } from '../sketch/overlap.js';

/** A number of users as it is told. */
export interface Users {
  /** An estimate; 0 when it is hidden. */
  userCount: number;
  /** Where the truth lies with a confidence of 95 %. */
  interval: Interval;
  /** Whether it is hidden: there are too few users to tell how many, or none, or it would help to compute such a number. */
  belowFloor: boolean;
}

/** The users of one segment as they are told. */
export interface SegmentUsers extends Users {
  /** In users. */
  standardError: number;
}

/** What is known of several segments beside the number that is asked for. */
export interface Diagram {
  /** The users of the least region of their Venn diagram: those who are in just some of them. */
  leastRegion: number;
  /** The most users that the number can be, from what is told of each segment. */
  most: number;
}

/**
 * Hides small counts, which could tell of single users, and what they could be computed from.
 *
 * A count of a segment over the whole window is told from `least` on, in multiples of it. Over a part of the window it
 * is told in multiples of twice that: a part and the same with a day more may differ by few users, and in such steps
 * that cannot be told from none or from many. A number of several segments is told in those steps too, and only when
 * each region of their Venn diagram has as many users, whichever region was asked for: no difference between such
 * numbers is small, and that they are hidden does not say which region is the reason.
 */
export interface Floor {
  /** Whether anything is hidden or rounded. */
  hides: boolean;
  /**
   * The count of a segment as it is told.
   *
   * @param days over how many it is; the whole window unless given
   */
  count(users: number, days?: number): number;
  /** The estimate of a segment as it is told. Nothing in it shows more than the count does. */
  segment(estimate: CountEstimate, days: number): SegmentUsers;
  /** An estimate of several segments as it is told. */
  several(estimate: Estimate, diagram: Diagram): Users;
  /**
   * Checks a question of several segments: parts of the window and diagrams of more segments than can be compared
   * would have to be checked against each other.
   *
   * @throws Failure `invalid` when it cannot be answered while small counts are hidden
   */
  checkSeveral(segments: number, days: number): void;
}

/**
 * @param least the least count that is told, in users; 0 or 1 tells every count as it is
 * @param windowDays how many UTC days the whole window has
 */
export function createFloor(least: number, windowDays: number): Floor {
  const hides = least > 1;
  const part = hides ? 2 * least : least;
  const stepOf = (days: number) => (days === windowDays ? least : part);
  return {
    hides,
    count: (users, days = windowDays) => roundDown(users, stepOf(days)),

    segment({ count, standardError, interval }, days) {
      const step = stepOf(days);
      if (count < step) return { ...hidden(step - 1), standardError: 0 };
      return hides
        ? segmentFrom(roundDown(count, step), step)
        : { userCount: count, interval, belowFloor: false, standardError };
    },

    several({ value, interval: { low, high } }, { leastRegion, most }) {
      if (hides && Math.min(value, leastRegion) < part) return hidden(most);
      if (value < least) return hidden(least - 1);
      const interval = { low: roundDown(low, part), high: roundUp(high, part) };
      return { userCount: roundDown(value, part), interval, belowFloor: false };
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
  return { userCount: 0, interval: { low: 0, high: most }, belowFloor: true };
}

/** What can be said of a segment from its rounded count alone: the truth may be that of any count in the step. */
function segmentFrom(userCount: number, step: number): SegmentUsers {
  const most = userCount + step - 1;
  return {
    userCount,
    interval: {
      low: Math.floor(userCount - Z_95 * standardErrorOf(userCount)),
      high: Math.ceil(most + Z_95 * standardErrorOf(most)),
    },
    belowFloor: false,
    standardError: standardErrorOf(userCount),
  };
}

/** @param step 0 and 1 leave a number as it is */
function roundDown(users: number, step: number): number {
  return step > 1 ? users - (users % step) : users;
}

/** To the last number of its step. */
function roundUp(users: number, step: number): number {
  return step > 1 ? roundDown(users, step) + step - 1 : users;
}

/** A backend whose counts are told by a floor. */
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
