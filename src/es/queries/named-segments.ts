import type { Counted } from '../../domain/count.js';
import { Failure } from '../../domain/failure.js';
import { windowOf } from '../../domain/utc-day.js';
import type { SegmentReader } from '../redis/read/segment-reader.js';
import { type CountEstimate, estimateCount, estimateFromCount } from '../sketch/interval.js';
import { mergeRegisters } from '../sketch/registers.js';
import {
  codeOfHash,
  exactSample,
  firstNotBelow,
  isExact,
  NO_SAMPLE,
  type Sample,
} from '../sketch/sample.js';
import { exactCount, mergeSets, type SketchedSet } from '../sketch/sketched-set.js';
import { HASH_BITS } from '../sketch/user-hash.js';
import type { QueryContext } from './query-context.js';

/** The days that a question is about: the last ones up to today. */
interface Days {
  /** As `utcDay` gives it. */
  today: number;
  days: number;
}

/**
 * Those segments of a question that have no users in its days, each once in one of both lists. A list is undefined if it has
 * none, and while small counts are hidden.
 */
export interface WithoutUsers {
  /** Without users on any day of the window: their names may be misspelt. */
  unknown: string[] | undefined;
  /** Known by users on other days of the window. */
  empty: string[] | undefined;
}

/** Counts the segments that a question names. */
export type Counts = ReadonlyMap<string, Counted>;

/** @throws Failure of the first segment that cannot be counted */
export async function countNamed(
  { reader, windowDays }: Pick<QueryContext, 'reader' | 'windowDays'>,
  names: readonly string[],
  { today, days }: Days,
): Promise<Counts> {
  const counts = await (days === windowDays
    ? reader.ofWindows(names, today)
    : reader.ofDays(names, windowOf(today, days)));
  return new Map(
    names.map((name, index) => {
      const count = counts[index] as Counted | Failure;
      if (count instanceof Failure) throw count;
      return [name, count];
    }),
  );
}

/** Finds the segments that have no users. */
export async function withoutUsers(
  { reader, windowDays, floor }: Pick<QueryContext, 'reader' | 'windowDays' | 'floor'>,
  counts: Counts,
  { today, days }: Days,
): Promise<WithoutUsers> {
  // A hidden number must not be told from 0.
  const names = floor.hides ? [] : [...counts.keys()].filter((name) => isZero(counts.get(name)));
  const window = { today, days: windowDays };
  const known =
    days < windowDays ? await countNamed({ reader, windowDays }, names, window) : counts;
  const [unknown, empty] = [true, false].map((isUnknown) => {
    const some = names.filter((name) => isZero(known.get(name)) === isUnknown);
    return some.length > 0 ? some : undefined;
  });
  return { unknown, empty };
}

function isZero(count: Counted | undefined): boolean {
  return count === undefined || count.users === 0;
}

/**
 * The estimate of a segment. It takes the sketch only if the segment has few users, and their number is not known.
 *
 * @param count of Redis
 */
export async function estimateCounted(
  { users, exact }: Counted,
  readSketch: () => ReturnType<SegmentReader['sketch']>,
): Promise<CountEstimate> {
  // Registers that were written by hand may count more.
  const count = Math.min(users, Number.MAX_SAFE_INTEGER);
  if (exact) return exactCount(count);
  return estimateFromCount(count) ?? estimateCount(await readSketch());
}

const NOBODY: SketchedSet = { registers: mergeRegisters([]), sample: exactSample([]) };

/**
 * Reads the union of segments, one after another, so that only a few are in memory. A sample of a large segment takes ES
 * milliseconds to read, so those of many segments are read only if they are small.
 */
export async function readUnion(
  reader: Pick<SegmentReader, 'sketch' | 'sample'>,
  names: readonly string[],
  counts: Counts,
  { today, days }: Days,
): Promise<SketchedSet> {
  const isSampled = names.length === 1 || names.every((name) => counts.get(name)?.exact);
  let union: SketchedSet | undefined;
  for (const name of names) {
    const count = counts.get(name);
    if (count === undefined || isZero(count)) continue;
    // The sample is read last, so that it has each user of the sketch.
    const registers = await reader.sketch(name, today, days);
    const sample = isSampled ? await readSample(reader, name, count, { today, days }) : NO_SAMPLE;
    const set = { registers, sample };
    union = union === undefined ? set : mergeSets([union, set]);
  }
  return union ?? NOBODY;
}

/** Reads the sample of a segment. It is exact only if the count is. */
export async function readSample(
  reader: Pick<SegmentReader, 'sample'>,
  name: string,
  { exact }: Counted,
  { today, days }: Days,
): Promise<Sample> {
  const sample = await reader.sample(name, today, days);
  return exact ? sample : asEstimate(sample);
}

/** A share of all hashes, 15 of 16, so large that nearly all of a sample is left. */
const NEARLY_ALL = codeOfHash(15 * 2 ** (HASH_BITS - 4));

/**
 * Samples of days may be exact although their segment has too many users for an exact count. So that all answers agree, it
 * is then estimated everywhere.
 */
function asEstimate(sample: Sample): Sample {
  if (!isExact(sample)) return sample;
  return {
    limit: NEARLY_ALL,
    codes: sample.codes.slice(0, firstNotBelow(sample.codes, NEARLY_ALL)),
  };
}
