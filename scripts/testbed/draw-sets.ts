import { mergeRegisters } from '../../src/es/sketch/registers.js';
import {
  codeOfHash,
  exactSample,
  firstNotBelow,
  NO_SAMPLE,
  type Sample,
} from '../../src/es/sketch/sample.js';
import type { SketchedSet } from '../../src/es/sketch/sketched-set.js';
import { HASH_BITS } from '../../src/es/sketch/user-hash.js';
import { drawRegisters } from './draw-registers.js';
import { type RandomBits, uniform } from './random-bits.js';

/**
 * Sets whose registers and samples have the distribution they would have after so many users.
 *
 * @param users for each region (a set of sets, as bits), how many users are in just these sets; none for region 0
 * @param sampleSize how many users a sample has at most; 0 for no samples
 */
export function drawSets(
  random: RandomBits,
  users: ArrayLike<number>,
  sampleSize: number,
): SketchedSet[] {
  const regions = Array.from(users, (count) => ({
    count,
    registers: drawRegisters(random, count),
    hashes: drawSmallest(random, count, sampleSize + 1),
  }));
  return Array.from({ length: Math.log2(users.length) }, (_, set) => {
    const own = regions.filter((_, region) => region & (1 << set));
    const hashes = own.map((region) => region.hashes);
    const total = own.reduce((sum, { count }) => sum + count, 0);
    return {
      registers: mergeRegisters(own.map(({ registers }) => registers)),
      sample: sampleSize === 0 ? NO_SAMPLE : sampleOf(hashes, total, sampleSize),
    };
  });
}

function sampleOf(hashes: Float64Array[], users: number, sampleSize: number): Sample {
  const sample = exactSample(hashes);
  if (users <= sampleSize) return sample;
  const limit = codeOfHash(sample.hashes?.[sampleSize] as number);
  return { limit, codes: sample.codes.slice(0, firstNotBelow(sample.codes, limit)) };
}

/** The smallest hashes of some users, one after the other: by the distribution of the next larger one. */
function drawSmallest(random: RandomBits, users: number, most: number): Float64Array {
  let hash = 0;
  return new Float64Array(Math.min(users, most)).map((_, before) => {
    hash += (1 - hash) * -Math.expm1(Math.log(uniform(random)) / (users - before));
    return Math.floor(hash * 2 ** HASH_BITS);
  });
}
