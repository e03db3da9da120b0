import { invalidField } from '../../domain/failure.js';
import { type Estimate, isReliable } from '../sketch/estimate.js';
import { MAX_SKETCHES } from '../sketch/expression.js';
import type { Interval } from '../sketch/interval.js';
import type { OverlapEstimate } from '../sketch/overlap.js';
import type { OverlapsEstimate } from '../sketch/thread-tasks.js';
import { type AnsweredWindow, askedAt } from './answered-window.js';
import type { Diagram, Floor, SegmentUsers, Users } from './floor.js';
import { countNamed, readUnion, type WithoutUsers, withoutUsers } from './named-segments.js';
import { parseNames } from './parse.js';
import type { QueryContext } from './query-context.js';

/** Users in several segments. Their number may be too inaccurate to rely on. */
export interface SharedUsers extends Users {
  /** Whether the interval reaches at most 20 % of the count to each side; false for a hidden number. */
  reliable: boolean;
}

interface OverlapPair {
  segments: string[];
  union: Users;
  intersection: SharedUsers;
  onlyFirst: Users;
  onlySecond: Users;
  /** The part of the union that is in both segments, from 0 to 1. */
  jaccard: { value: number; interval: Interval; exact: boolean };
}

export interface Overlap extends WithoutUsers {
  window: AnsweredWindow;
  asOf: string;
  segments: (Users & { segment: string })[];
  /** Users in at least one of the segments. */
  union: Users;
  /** Users in all segments. */
  intersection: SharedUsers;
  /** For each pair of segments. */
  pairs: OverlapPair[];
}

/** @throws Failure `invalid` */
export function parseOverlap(value: unknown): string[] {
  const names = parseNames('segments', value, [2, MAX_SKETCHES]);
  if (new Set(names).size < names.length) {
    throw invalidField('segments', 'must all be different');
  }
  return names;
}

/**
 * How the users of 2 to 6 segments overlap.
 *
 * @throws Failure as documented at `Queries`
 */
export async function overlapOfSegments(
  context: QueryContext,
  names: readonly string[],
  askedDays?: number,
): Promise<Overlap> {
  const { reader, windowDays, now, floor, threads } = context;
  const asked = askedAt(now(), askedDays, windowDays);
  const { days, window, asOf } = asked;
  floor.checkSeveral(names.length, days);
  const counts = await countNamed(context, names, asked);
  const sets = await Promise.all(names.map((name) => readUnion(reader, [name], counts, asked)));
  const estimates = await threads.overlaps(sets);
  const sizes = estimates.sizes.map((size) => floor.segment(size, days));
  const leastRegion = floor.hides ? await threads.leastRegion(sets) : 0;
  return {
    window,
    asOf,
    ...reportOverlap(floor, { names, sizes, estimates, leastRegion }),
    ...(await withoutUsers(context, counts, asked)),
  };
}

export interface OverlapFigures {
  names: readonly string[];
  /** The users of each segment, as reported. */
  sizes: readonly SegmentUsers[];
  estimates: Omit<OverlapsEstimate, 'sizes'>;
  /** The users of the smallest region of the Venn diagram of all segments. */
  leastRegion: number;
}

/** Changes an overlap to what the floor allows ES to report. */
export function reportOverlap(
  floor: Floor,
  { names, sizes, estimates, leastRegion }: OverlapFigures,
): Pick<Overlap, 'segments' | 'union' | 'intersection' | 'pairs'> {
  const { pairs, union, intersection } = estimates;
  return {
    segments: sizes.map(({ standardError: _, ...users }, index) => ({
      segment: names[index] as string,
      ...users,
    })),
    union: floor.several(union, { leastRegion, most: mostOfAny(sizes) }),
    intersection: sharedUsers(floor, intersection, { leastRegion, most: mostOfAll(sizes) }),
    pairs: pairs.map(({ positions, overlap }) => ({
      segments: positions.map((position) => names[position] as string),
      ...reportPair(
        floor,
        overlap,
        positions.map((position) => sizes[position] as SegmentUsers),
      ),
    })),
  };
}

/** A hidden number is never reliable: a reliable 0 could be told apart from a few users. */
export function sharedUsers(
  floor: Floor,
  estimate: Estimate & { reliable: boolean },
  diagram: Diagram,
): SharedUsers {
  const users = floor.several(estimate, diagram);
  const { userCount: value, interval, belowFloor } = users;
  const reliable = floor.hides ? isReliable({ value, interval }) : estimate.reliable;
  return { ...users, reliable: reliable && !belowFloor };
}

/** The maximum of users that segments may have in common, by their reported sizes. */
export function mostOfAll(sizes: readonly Users[]): number {
  return Math.min(...sizes.map(({ interval }) => interval.high));
}

/** The maximum of users that segments may have together, by their reported sizes. */
export function mostOfAny(sizes: readonly Users[]): number {
  return sizes.reduce((sum, { interval }) => sum + interval.high, 0);
}

function reportPair(
  floor: Floor,
  { onlyFirst, onlySecond, both, union, jaccard, reliable }: OverlapEstimate,
  sizes: readonly SegmentUsers[],
): Omit<OverlapPair, 'segments'> {
  const leastRegion = Math.min(onlyFirst.value, onlySecond.value, both.value);
  const users = {
    union: floor.several(union, { leastRegion, most: mostOfAny(sizes) }),
    intersection: sharedUsers(
      floor,
      { ...both, reliable },
      { leastRegion, most: mostOfAll(sizes) },
    ),
    onlyFirst: floor.several(onlyFirst, { leastRegion, most: mostOfAll(sizes.slice(0, 1)) }),
    onlySecond: floor.several(onlySecond, { leastRegion, most: mostOfAll(sizes.slice(1)) }),
  };
  const isShown = !floor.hides && !users.intersection.belowFloor;
  return { ...users, jaccard: isShown ? jaccard : jaccardOf(users) };
}

/** The Jaccard index, computed only from the reported numbers. */
function jaccardOf({ intersection, union }: Pick<OverlapPair, 'intersection' | 'union'>) {
  const { low, high } = intersection.interval;
  return {
    value: intersection.belowFloor ? 0 : shareOf(intersection.userCount, union.userCount),
    interval: { low: shareOf(low, union.interval.high), high: shareOf(high, union.interval.low) },
    exact: false,
  };
}

function shareOf(users: number, union: number): number {
  return union === 0 ? 1 : Math.min(1, users / union);
}
