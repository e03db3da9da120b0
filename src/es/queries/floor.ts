import type { SegmentBackend } from '../../shared/segment-service.js';
import type { CountEstimate, Interval } from '../sketch/interval.js';
import type { Estimate } from '../sketch/overlap.js';

/** A number of users as it is told. */
export interface Users {
  /** An estimate; 0 when it is below the floor. */
  userCount: number;
  /** Where the truth lies with a confidence of 95 %. */
  interval: Interval;
  /** Whether there are too few to tell how many, or none. */
  belowFloor: boolean;
}

/** Hides small counts, which could tell of single users. */
export interface Floor {
  /** The least count that is told, in users. */
  least: number;
  /** A count as it is told. */
  count(users: number): number;
  /** An estimate as it is told. Of one below the floor nothing shows but that. */
  users(estimate: Estimate | CountEstimate): Users;
}

/** @param least the least count that is told, in users; 0 or 1 tells every count */
export function createFloor(least: number): Floor {
  return {
    least,
    count: (users) => (users < least ? 0 : users),
    users(estimate) {
      const userCount = 'count' in estimate ? estimate.count : estimate.value;
      const { interval } = estimate;
      return userCount < least
        ? { userCount: 0, interval: { low: 0, high: least - 1 }, belowFloor: true }
        : { userCount, interval, belowFloor: false };
    },
  };
}

/** A backend whose counts are told by a floor. */
export function withFloor(backend: SegmentBackend, floor: Floor): SegmentBackend {
  return {
    store: backend.store,
    async count(segments, days) {
      const counts = await backend.count(segments, days);
      return floor.least === 0
        ? counts
        : new Map(Array.from(counts, ([segment, users]) => [segment, floor.count(users)]));
    },
  };
}
