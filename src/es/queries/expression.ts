import { Failure, invalidField } from '../../domain/failure.js';
import { MAX_SKETCHES } from '../sketch/expression.js';
import { estimateCount } from '../sketch/interval.js';
import { isEmpty, mergeRegisters, type Registers } from '../sketch/registers.js';
import { NO_SAMPLE } from '../sketch/sample.js';
import type { SketchedSet } from '../sketch/sketched-set.js';
import { type AnsweredWindow, askedAt } from './answered-window.js';
import type { Users } from './floor.js';
import { mostOfAll, mostOfAny, type SharedUsers, sharedUsers } from './overlap.js';
import { parseNames } from './parse.js';
import type { QueryContext } from './query-context.js';

/** The users in all segments of `all`, in at least one of `any` and in none of `none`. */
export interface SegmentExpression {
  all?: unknown;
  any?: unknown;
  none?: unknown;
}

export interface ExpressionUsers extends SharedUsers {
  window: AnsweredWindow;
  asOf: string;
  /** The segments of the expression that have no users; undefined if all have users, or while small counts are hidden. */
  empty: string[] | undefined;
}

/** The maximum of segments in `any`, and in `none`. */
export const MAX_MERGED = 20;

/**
 * Estimates how many users an expression selects.
 *
 * @throws Failure as documented at `Queries`
 */
export async function estimateSegmentExpression(
  { reader, windowDays, now, floor, threads }: QueryContext,
  expression: SegmentExpression,
  askedDays?: number,
): Promise<ExpressionUsers> {
  const parsed = parseExpression(expression);
  const { all, any, none } = parsed;
  const { today, days, window, asOf } = askedAt(now(), askedDays, windowDays);
  const names = namesOf(parsed);
  floor.checkSeveral(names.length, days);
  const ask = (name: string) => reader.sketch(name, today, days);
  // Hiding small counts needs each sketch separately; then the number of segments is small.
  const kept = floor.hides ? await Promise.all(names.map(ask)) : [];
  const withoutUsers = new Set<string>();
  const read = async (name: string) => {
    const sketch = kept[names.indexOf(name)] ?? (await ask(name));
    if (isEmpty(sketch)) withoutUsers.add(name);
    return sketch;
  };
  // Reads one sketch after another, so that only a few are in memory.
  const merge = async (names: readonly string[]) => {
    let merged: Registers[] = [];
    for (const name of names) merged = [mergeRegisters([...merged, await read(name)])];
    return merged;
  };
  const sketches = [await Promise.all(all.map(read)), await merge(any), await merge(none)];
  const estimate = await threads.expression({
    sets: setsOf(sketches.flat()),
    all: all.map((_, index) => index),
    any: any.length > 0 ? [all.length] : [],
    none: none.length > 0 ? [all.length + Math.min(1, any.length)] : [],
  });
  const leastRegion = floor.hides ? await threads.leastRegion(setsOf(kept)) : 0;
  const sizes = kept.map((sketch) => floor.segment(estimateCount(sketch), days));
  const users = sharedUsers(floor, estimate, { leastRegion, most: mostOf(parsed, sizes) });
  const empty = floor.hides ? [] : names.filter((name) => withoutUsers.has(name));
  return { ...users, window, asOf, empty: empty.length > 0 ? empty : undefined };
}

function setsOf(sketches: readonly Registers[]): SketchedSet[] {
  return sketches.map((registers) => ({ registers, sample: NO_SAMPLE }));
}

type ParsedExpression = Record<keyof SegmentExpression, string[]>;

/** The segments that an expression names, without duplicates. */
function namesOf({ all, any, none }: ParsedExpression): string[] {
  return [...new Set([...all, ...any, ...none])];
}

/** @param sizes the size of each segment, in the order of `namesOf` */
function mostOf(expression: ParsedExpression, sizes: readonly Users[]): number {
  const names = namesOf(expression);
  const sizesOf = (some: readonly string[]) =>
    sizes.filter((_, index) => some.includes(names[index] as string));
  const most = mostOfAll(sizesOf(expression.all));
  return expression.any.length > 0 ? Math.min(most, mostOfAny(sizesOf(expression.any))) : most;
}

function parseExpression({ all, any, none }: SegmentExpression): ParsedExpression {
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
  return parsed;
}
