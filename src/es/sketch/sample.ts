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
  const codes = samples.map((sample) =>
    sample.codes.subarray(0, firstNotBelow(sample.codes, limit)),
  );
  return { limit, codes: union(codes) ?? new Int32Array(0) };
}

/** The sample that has all users. @param lists of their hashes, each ascending and all different */
export function exactSample(lists: readonly Float64Array[]): Sample {
  const hashes = union(lists) ?? new Float64Array(0);
  return { limit: NO_LIMIT, codes: codesOf(hashes), hashes };
}

/** The different codes of hashes. They are in the order of their hashes. */
function codesOf(hashes: Float64Array): Int32Array {
  const codes = new Int32Array(hashes.length);
  let count = 0;
  for (const hash of hashes) {
    const code = codeOfHash(hash);
    if (count > 0 && code === codes[count - 1]) continue;
    codes[count] = code;
    count += 1;
  }
  return count === codes.length ? codes : codes.slice(0, count);
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

/** The numbers of all lists without duplicates; undefined if there is no list. Lists are ascending, and so is the result. */
function union<Numbers extends Int32Array | Float64Array>(
  lists: readonly Numbers[],
): Numbers | undefined {
  if (lists.length < 2) return lists[0];
  const middle = lists.length >> 1;
  return unionOfTwo(
    union(lists.slice(0, middle)) as Numbers,
    union(lists.slice(middle)) as Numbers,
  );
}

function unionOfTwo<Numbers extends Int32Array | Float64Array>(
  some: Numbers,
  others: Numbers,
): Numbers {
  if (some.length === 0) return others;
  if (others.length === 0) return some;
  const length = some.length + others.length;
  const all = some instanceof Int32Array ? new Int32Array(length) : new Float64Array(length);
  let [one, other, count] = [0, 0, 0];
  while (one < some.length && other < others.length) {
    const left = some[one] as number;
    const right = others[other] as number;
    all[count] = Math.min(left, right);
    count += 1;
    if (left <= right) one += 1;
    if (right <= left) other += 1;
  }
  const rest = one < some.length ? some.subarray(one) : others.subarray(other);
  all.set(rest, count);
  return all.slice(0, count + rest.length) as Numbers;
}
