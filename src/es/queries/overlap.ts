import { Failure } from '../../shared/failure.js';
import { MAX_SKETCHES } from '../sketch/expression.js';
import { estimateCount, type Interval } from '../sketch/interval.js';
import type { Estimate, OverlapEstimate } from '../sketch/overlap.js';
import type { Floor, Users } from './floor.js';
import { parseNames } from './parse.js';
import type { QueryContext } from './queries.js';
import { type AnsweredWindow, askedAt } from './window.js';

/** Users whose number may be too rough to rely on. */
export interface SharedUsers extends Users {
  /** Whether the interval reaches no further than 20 % of the count to each side; never below the floor. */
  reliable: boolean;
}

export interface OverlapPair {
  segments: string[];
  union: Users;
  intersection: SharedUsers;
  onlyFirst: Users;
  onlySecond: Users;
  /** What share of the union is in both, from 0 to 1. */
  jaccard: { value: number; interval: Interval };
}

export interface Overlap {
  window: AnsweredWindow;
  asOf: string;
  segments: (Users & { segment: string })[];
  /** Users of at least one of the segments. */
  union: Users;
  /** Users of all of them. */
  intersection: SharedUsers;
  /** For each two of them. */
  pairs: OverlapPair[];
}

/** How the users of 2 to 6 segments overlap. */
export async function overlapOfSegments(
  { reader, windowDays, now, floor, threads }: QueryContext,
  value: unknown,
  askedDays?: number,
): Promise<Overlap> {
  const names = parseNames('segments', value, [2, MAX_SKETCHES]);
  if (new Set(names).size < names.length) {
    throw new Failure('invalid', 'segments must all be different');
  }
  const { today, days, window, asOf } = askedAt(now(), askedDays, windowDays);
  const sketches = await Promise.all(names.map((name) => reader.sketch(name, today, days)));
  const { pairs, union, intersection } = await threads.overlaps(sketches);
  return {
    window,
    asOf,
    segments: sketches.map((sketch, index) => ({
      segment: names[index] as string,
      ...floor.users(estimateCount(sketch)),
    })),
    union: floor.users(union),
    intersection: sharedUsers(floor, intersection),
    pairs: pairs.map(({ positions, overlap }) => ({
      segments: positions.map((position) => names[position] as string),
      ...pairOf(floor, overlap),
    })),
  };
}

/** Below the floor nothing is said of how sure that is, since a certain 0 would tell itself from few. */
export function sharedUsers(floor: Floor, estimate: Estimate & { reliable: boolean }): SharedUsers {
  const users = floor.users(estimate);
  return { ...users, reliable: estimate.reliable && !users.belowFloor };
}

function pairOf(floor: Floor, overlap: OverlapEstimate): Omit<OverlapPair, 'segments'> {
  const { onlyFirst, onlySecond, both, reliable } = overlap;
  const union = floor.users(overlap.union);
  const intersection = sharedUsers(floor, { ...both, reliable });
  return {
    union,
    intersection,
    onlyFirst: floor.users(onlyFirst),
    onlySecond: floor.users(onlySecond),
    jaccard: intersection.belowFloor
      ? { value: 0, interval: { low: 0, high: shareOf(floor.least - 1, union.userCount) } }
      : overlap.jaccard,
  };
}

function shareOf(users: number, union: number): number {
  return union === 0 ? 1 : Math.min(1, users / union);
}
