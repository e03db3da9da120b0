import { type CountEstimate, estimateCount, standardErrorOf } from './interval.js';
import { isEmpty, mergeRegisters, type Registers } from './registers.js';
import { exactSample, isExact, mergeSamples, NO_SAMPLE, type Sample } from './sample.js';

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

/**
 * The set without a sample that its registers contradict: they show clearly more users than it has, which happens where
 * somebody stored users without adding them to samples. A set without users is known exactly by its registers alone.
 */
export function trusted(set: SketchedSet): SketchedSet {
  const { registers, sample } = set;
  if (isEmpty(registers)) return { registers, sample: exactSample([]) };
  if (sample.hashes === undefined) return set;
  const users = sample.hashes.length;
  const most = users + MOST_ERRORS * standardErrorOf(users) + 1;
  return estimateCount(registers).count > most ? { registers, sample: NO_SAMPLE } : set;
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
