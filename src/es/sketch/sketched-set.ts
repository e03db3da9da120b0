import { countRegisters } from './count.js';
import { type CountEstimate, estimateCount, standardErrorOf } from './interval.js';
import { isEmpty, mergeRegisters, type Registers } from './registers.js';
import {
  countSample,
  exactSample,
  isExact,
  mergeSamples,
  NO_SAMPLE,
  type Sample,
  shareBelow,
} from './sample.js';

/** What is known of the users of a set. */
export interface SketchedSet {
  registers: Registers;
  /** `NO_SAMPLE` if there is none. */
  sample: Sample;
}

/** The union of sets. */
export function mergeSets(sets: readonly SketchedSet[]): SketchedSet {
  return {
    registers: mergeRegisters(sets.map(({ registers }) => registers)),
    sample: sets.length === 0 ? exactSample([]) : mergeSamples(sets.map(({ sample }) => sample)),
  };
}

/** How many standard errors the registers may show more users than a sample that has all of them. */
const MOST_ERRORS = 4;

/** How many standard errors registers and a sample that has some users may be apart. */
const MOST_APART = 6;

/**
 * The set without a sample that its registers contradict, which happens where somebody stored users without adding them to
 * samples, or made up ids. A set without users is known exactly by its registers alone.
 */
export function trusted(set: SketchedSet): SketchedSet {
  const { registers, sample } = set;
  if (isEmpty(registers)) return { registers, sample: exactSample([]) };
  if (sample.limit === 0) return set;
  const count = countRegisters(registers);
  return contradicts(count, sample) ? { registers, sample: NO_SAMPLE } : set;
}

function contradicts(count: number, sample: Sample): boolean {
  const users = countSample(sample);
  if (isExact(sample)) return count > users + MOST_ERRORS * standardErrorOf(users) + 1;
  const error = Math.sqrt(sample.codes.length + 1) / shareBelow(sample.limit);
  return Math.abs(count - users) > MOST_APART * (error + standardErrorOf(Math.min(count, users)));
}

/** The count of a set: the number of its users if that is known, otherwise that of `estimateCount`. */
export function estimateSet(set: SketchedSet): CountEstimate {
  const { registers, sample } = trusted(set);
  if (!isExact(sample)) return estimateCount(registers);
  return exactCount(sample.hashes?.length ?? 0);
}

/** A count that is no estimate. */
export function exactCount(count: number): CountEstimate {
  return { count, standardError: 0, interval: { low: count, high: count }, exact: true };
}
