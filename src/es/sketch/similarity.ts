import type { Estimate } from './estimate.js';
import { Z_95 } from './interval.js';
import { firstNotBelow, isExact, type Sample } from './sample.js';

/** How similar two sets are: parts of users, from 0 to 1. */
export interface Similarity {
  /** The part of the union that is in both sets; 0 if there are no users. */
  jaccard: Estimate;
  /** The part of the first set that is in the second one; 0 if there are no users. */
  firstInSecond: Estimate;
  /** The part of the second set that is in the first one; 0 if there are no users. */
  secondInFirst: Estimate;
}

/**
 * Compares two sets by their samples alone, in microseconds: each user below the lower of both limits is in one of the sets
 * or in both, and these users are a random part of the union (Bar-Yossef et al., see `Sample`). Nothing is known without
 * such users; then intervals reach from 0 to 1.
 */
export function similarityOf(first: Sample, second: Sample): Similarity {
  const exact = isExact(first) && isExact(second);
  const [ones, others] = exact
    ? [first.hashes as Float64Array, second.hashes as Float64Array]
    : codesBelow(Math.min(first.limit, second.limit), first, second);
  const both = countCommon(ones, others);
  const partOf = exact ? exactPart : estimatePart;
  return {
    jaccard: partOf(both, ones.length + others.length - both),
    firstInSecond: partOf(both, ones.length),
    secondInFirst: partOf(both, others.length),
  };
}

function codesBelow(limit: number, ...samples: [Sample, Sample]): [Int32Array, Int32Array] {
  return samples.map(({ codes }) => codes.subarray(0, firstNotBelow(codes, limit))) as [
    Int32Array,
    Int32Array,
  ];
}

/** How many numbers are in both lists, which are ascending. */
function countCommon(ones: ArrayLike<number>, others: ArrayLike<number>): number {
  let [one, other, common] = [0, 0, 0];
  while (one < ones.length && other < others.length) {
    const difference = (ones[one] as number) - (others[other] as number);
    if (difference <= 0) one += 1;
    if (difference >= 0) other += 1;
    if (difference === 0) common += 1;
  }
  return common;
}

function exactPart(some: number, all: number): Estimate {
  const value = all === 0 ? 0 : some / all;
  return { value, interval: { low: value, high: value }, exact: true };
}

/**
 * A binomial share with the interval of Agresti and Coull, "Approximate is better than 'exact' for interval estimation of
 * binomial proportions" (1998): it is never much narrower than 95 %, even if there are few.
 */
function estimatePart(some: number, all: number): Estimate {
  const value = all === 0 ? 0 : some / all;
  const trials = all + Z_95 ** 2;
  const middle = (some + Z_95 ** 2 / 2) / trials;
  const half = Z_95 * Math.sqrt((middle * (1 - middle)) / trials);
  const interval = { low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
  return { value, interval, exact: false };
}
