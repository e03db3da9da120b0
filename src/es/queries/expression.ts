import { Failure, invalidField } from '../../domain/failure.js';
import { type Estimate, exactEstimate, isReliable, toEstimate } from '../sketch/estimate.js';
import { MAX_SKETCHES } from '../sketch/expression.js';
import { estimateSet } from '../sketch/sketched-set.js';
import { type AnsweredWindow, type Asked, askedAt } from './answered-window.js';
import type { Floor, Users } from './floor.js';
import {
  type Counts,
  countNamed,
  estimateCounted,
  readUnion,
  type WithoutUsers,
  withoutUsers,
} from './named-segments.js';
import { mostOfAll, mostOfAny, type SharedUsers, sharedUsers } from './overlap.js';
import { parseNames } from './parse.js';
import type { QueryContext } from './query-context.js';

/** The users in all segments of `all`, in at least one of `any` and in none of `none`. */
export interface SegmentExpression {
  all?: unknown;
  any?: unknown;
  none?: unknown;
}

export interface ExpressionUsers extends SharedUsers, WithoutUsers {
  window: AnsweredWindow;
  asOf: string;
}

/** An expression that was checked. No segment is twice in a list. */
export interface ParsedExpression extends Record<keyof SegmentExpression, string[]> {
  /** The segments that the request names, each once; the lists may have fewer. */
  names: string[];
  /** Whether nobody can be in it, whatever the segments have. Then the lists are empty. */
  isContradiction: boolean;
}

/** The maximum of segments in `any`, and in `none`. */
export const MAX_MERGED = 20;

/**
 * Estimates how many users an expression selects.
 *
 * @throws Failure as documented at `Queries`
 */
export async function estimateSegmentExpression(
  context: QueryContext,
  expression: ParsedExpression,
  askedDays?: number,
): Promise<ExpressionUsers> {
  const { windowDays, now, floor } = context;
  const asked = askedAt(now(), askedDays, windowDays);
  floor.checkSeveral(expression.names.length, asked.days);
  const counts = await countNamed(context, expression.names, asked);
  const users = await usersOf(context, expression, counts, asked);
  const { window, asOf } = asked;
  return { ...users, window, asOf, ...(await withoutUsers(context, counts, asked)) };
}

async function usersOf(
  { reader, floor, threads }: QueryContext,
  expression: ParsedExpression,
  counts: Counts,
  asked: Asked,
): Promise<SharedUsers> {
  if (expression.isContradiction) {
    return sharedUsers(floor, withReliable(exactEstimate(0)), { leastRegion: 0, most: 0 });
  }
  const { days, today } = asked;
  const [only, ...others] = setsOf(expression) as [string[], ...string[][]];
  const count = only.length === 1 ? counts.get(only[0] as string) : undefined;
  if (others.length === 0 && count !== undefined) {
    const readSketch = () => reader.sketch(only[0] as string, today, days);
    const size = await estimateCounted(count, readSketch);
    const most = floor.segment(size, days).interval.high;
    // Only while small counts are hidden, the only segment may be in `none` too.
    const isExcluded = expression.none.length > 0;
    const estimate = isExcluded ? exactEstimate(0) : toEstimate(size);
    const leastRegion = isExcluded ? 0 : size.count;
    return sharedUsers(floor, withReliable(estimate), { leastRegion, most });
  }
  const sets = await Promise.all(
    [only, ...others].map((names) => readUnion(reader, names, counts, asked)),
  );
  if (sets.length === 1) {
    const [size] = sets.map(estimateSet) as [ReturnType<typeof estimateSet>];
    // There are too many segments for small counts to be hidden.
    return sharedUsers(floor, withReliable(toEstimate(size)), { leastRegion: 0, most: 0 });
  }
  const estimate = await threads.expression({ sets, ...positionsOf(expression) });
  const leastRegion = floor.hides ? await threads.leastRegion(sets) : 0;
  const sizes = sets.map((set) => floor.segment(estimateSet(set), days));
  return sharedUsers(floor, estimate, { leastRegion, most: mostOf(expression, sizes) });
}

function withReliable(estimate: Estimate) {
  return { ...estimate, reliable: isReliable(estimate) };
}

/**
 * The sets that are compared, each the union of its segments: each segment if there are not too many, otherwise those of
 * `all`, one for `any` and one for `none`.
 */
export function setsOf({ all, any, none }: ParsedExpression): string[][] {
  const names = distinct([...all, ...any, ...none]);
  return names.length <= MAX_SKETCHES
    ? names.map((name) => [name])
    : [...all.map((name) => [name]), any, none].filter((names) => names.length > 0);
}

/** The positions of the lists among the sets. */
function positionsOf(expression: ParsedExpression): Record<keyof SegmentExpression, number[]> {
  const sets = setsOf(expression);
  const of = (list: readonly string[]) =>
    [...sets.keys()].filter((position) => list.includes(sets[position]?.[0] as string));
  return { all: of(expression.all), any: of(expression.any), none: of(expression.none) };
}

/** @param sizes the size of each set */
function mostOf(expression: ParsedExpression, sizes: readonly Users[]): number {
  const { all, any } = positionsOf(expression);
  const sizesOf = (positions: readonly number[]) => positions.map((at) => sizes[at] as Users);
  const most = mostOfAll(sizesOf(all));
  return any.length > 0 ? Math.min(most, mostOfAny(sizesOf(any))) : most;
}

/**
 * Checks an expression, and brings it into its simplest form. While small counts are hidden, it is left as it is, because
 * what is told depends on all segments that are named.
 *
 * @throws Failure `invalid`
 */
export function parseExpression(
  { all, any, none }: SegmentExpression,
  { hides }: Pick<Floor, 'hides'>,
): ParsedExpression {
  const parsed = {
    all: parseNames('all', all, [0, MAX_SKETCHES]),
    any: parseNames('any', any, [0, MAX_MERGED]),
    none: parseNames('none', none, [0, MAX_MERGED]),
  };
  if (parsed.all.length + parsed.any.length === 0) {
    throw new Failure('invalid', 'all or any must have at least 1 segment');
  }
  const merged = Math.min(1, parsed.any.length) + Math.min(1, parsed.none.length);
  if (parsed.all.length + merged > MAX_SKETCHES) {
    throw invalidField(
      'all',
      `must be at most ${MAX_SKETCHES} segments, 1 less for any and 1 less for none, so ${MAX_SKETCHES - merged}, not ${parsed.all.length}`,
    );
  }
  const lists = {
    all: distinct(parsed.all),
    any: distinct(parsed.any),
    none: distinct(parsed.none),
    names: distinct(Object.values(parsed).flat()),
    isContradiction: false,
  };
  return hides ? lists : simplify(lists);
}

/** Each step leaves out what does not change who is selected. */
function simplify(expression: ParsedExpression): ParsedExpression {
  const { all, any, none, names } = expression;
  // Whoever is in one of `none` is not selected, even if it is one of `any` too.
  const left = any.filter((name) => !none.includes(name));
  const isContradiction =
    all.some((name) => none.includes(name)) || (any.length > 0 && left.length === 0);
  if (isContradiction) return { all: [], any: [], none: [], names, isContradiction };
  // Whoever is in all of `all` is in one of `any`, if they have a segment in common.
  const isMet = left.some((name) => all.includes(name));
  return { ...expression, any: isMet ? [] : left };
}

function distinct(names: readonly string[]): string[] {
  return [...new Set(names)];
}
