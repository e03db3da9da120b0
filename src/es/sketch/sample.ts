import { HASH_BITS } from './user-hash.js';

/**
 * The users of a set whose hash is below a limit: a bottom-k sample (k minimum values; Bar-Yossef et al., "Counting distinct
 * elements in a data stream", 2002) in the form of theta sketches (Dasgupta, Lang, Rhodes, Thaler, "A framework for
 * estimating stream expression cardinalities", 2016), which tell of each hash below the limit whether it is in the set.
 */
export interface Sample {
  /** The limit as a code. All hashes of the set with a smaller code are in the sample; `NO_LIMIT` if all users are. */
  limit: number;
  /** The codes of the sample, ascending, all different and below the limit. */
  codes: Int32Array;
  /** The hashes that the codes stand for, ascending, all different; only if there is no limit. */
  hashes?: Float64Array;
}

/** The code above all codes. */
export const NO_LIMIT = 2 ** 31;

/** Of a set that nothing is known of. */
export const NO_SAMPLE: Sample = { limit: 0, codes: new Int32Array(0) };

const EXPONENT_BITS = 5;
const FRACTION_BITS = 26;

/**
 * A hash in 31 bits, which Redis keeps in 4 bytes: 5 bits of its exponent and 26 of its fraction, as in a floating point
 * number. So it is as exact for the small hashes that samples of many users have. Codes are in the order of their hashes.
 */
export function codeOfHash(hash: number): number {
  DOUBLE[0] = hash;
  // A double: 1 bit of sign, 11 bits of exponent, 52 bits of fraction.
  const high = WORDS[HIGH] as number;
  const low = WORDS[1 - HIGH] as number;
  const exponent = (high >>> 20) - LEAST_EXPONENT;
  return exponent < 0 ? 0 : (exponent << FRACTION_BITS) | ((high & 0xfffff) << 6) | (low >>> 26);
}

const DOUBLE = new Float64Array(1);
const WORDS = new Uint32Array(DOUBLE.buffer);
/** Which of the words of a double has its exponent: the second one on little-endian processors. */
const HIGH = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? 1 : 0;
/** The exponents of hashes are below `HASH_BITS`; of these 32 are told apart, and smaller hashes have the code 0. */
const LEAST_EXPONENT = 1_023 + HASH_BITS - 2 ** EXPONENT_BITS;

/** The share of all hashes that have a smaller code: from 0 to 1. */
export function shareBelow(code: number): number {
  if (code <= 0) return 0;
  const exponent = Math.floor(code / 2 ** FRACTION_BITS) - 2 ** EXPONENT_BITS;
  const fraction = (code % 2 ** FRACTION_BITS) / 2 ** FRACTION_BITS;
  return 2 ** exponent * (1 + fraction);
}

/** Whether a sample has each user of its set. */
export function isExact({ limit }: Sample): boolean {
  return limit === NO_LIMIT;
}

/**
 * How many users the set has: the number itself if the sample is exact, otherwise an estimate with a standard error of about
 * 1 / sqrt(codes); NaN for `NO_SAMPLE`.
 */
export function countSample({ limit, codes, hashes }: Sample): number {
  return hashes?.length ?? codes.length / shareBelow(limit);
}

/**
 * The sample of the union of sets: all hashes below the least of the limits.
 *
 * @param samples at least one
 */
export function mergeSamples(samples: readonly Sample[]): Sample {
  const limit = Math.min(...samples.map((sample) => sample.limit));
  if (limit === NO_LIMIT) {
    return exactSample(samples.map(({ hashes }) => hashes as Float64Array));
  }
  return { limit, codes: distinct(concat(samples, limit)) };
}

/** The sample that has all users, from lists of their hashes. */
export function exactSample(lists: readonly Float64Array[]): Sample {
  const all = new Float64Array(lists.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const hashes of lists) {
    all.set(hashes, at);
    at += hashes.length;
  }
  const hashes = distinct(all);
  return { limit: NO_LIMIT, codes: distinct(Int32Array.from(hashes, codeOfHash)), hashes };
}

function concat(samples: readonly Sample[], limit: number): Int32Array {
  const parts = samples.map(({ codes }) => codes.subarray(0, firstNotBelow(codes, limit)));
  const all = new Int32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** The position of the first code that is not below the limit, by binary search. */
export function firstNotBelow(codes: Int32Array, limit: number): number {
  let [low, high] = [0, codes.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((codes[middle] as number) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Sorts numbers, and removes duplicates. */
function distinct<Numbers extends Int32Array | Float64Array>(numbers: Numbers): Numbers {
  numbers.sort();
  let kept = 0;
  for (let index = 0; index < numbers.length; index += 1) {
    if (index > 0 && numbers[index] === numbers[index - 1]) continue;
    numbers[kept] = numbers[index] as number;
    kept += 1;
  }
  return numbers.slice(0, kept) as Numbers;
}
