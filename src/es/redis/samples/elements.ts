import {
  codeOfHash,
  exactSample,
  firstNotBelow,
  NO_SAMPLE,
  type Sample,
  shareBelow,
} from '../../sketch/sample.js';
import { HASH_BITS, hashUsers } from '../../sketch/user-hash.js';

/**
 * What a sample in Redis is made of: a set of whole numbers, which Redis keeps as compact as an array (an intset).
 *
 * - All users: 2^52 + hash of each, which takes 8 bytes.
 * - Those below a limit: the codes of their hashes, which take 4 bytes, and −1 − limit. There may be codes beyond the limit,
 *   which are not part of the sample.
 */
const LEAST_HASH = 2 ** HASH_BITS;

/** The element that stands for a limit. */
export function elementOfLimit(limit: number): number {
  return -1 - limit;
}

/** Whether an element stands for a user of a sample that has all users. */
export function isHash(element: number): boolean {
  return element >= LEAST_HASH;
}

/** The sample in a set. @param elements ascending; undefined if it is no set, or there is none */
export function sampleOf(elements: Float64Array | undefined): Sample {
  if (elements === undefined || elements.length === 0) return NO_SAMPLE;
  const least = elements[0] as number;
  if (isHash(least)) return exactSample([elements.map((element) => element - LEAST_HASH)]);
  if (!(least < 0)) return NO_SAMPLE;
  const limit = -1 - least;
  const codes = new Int32Array(elements.subarray(1));
  return { limit, codes: codes.subarray(0, firstNotBelow(codes, limit)) };
}

/** Room for the hashes of one group. */
let hashes = new Float64Array(2_000);

/**
 * The elements of some users, ascending and all different.
 *
 * @param limit the limit of the sample; undefined if it may have none
 * @param most if there are more, only this many of the smallest are needed
 */
export function elementsOf(
  userIds: readonly string[],
  limit: number | undefined,
  most: number,
): number[] {
  const elements: number[] = [];
  if (limit !== undefined && limit <= 0) return elements;
  if (hashes.length < userIds.length) hashes = new Float64Array(userIds.length);
  hashUsers(userIds, hashes);
  const end = limit === undefined ? 0 : shareBelow(limit) * LEAST_HASH;
  for (let index = 0; index < userIds.length; index += 1) {
    const hash = hashes[index] as number;
    if (limit === undefined) elements.push(LEAST_HASH + hash);
    else if (hash < end) elements.push(codeOfHash(hash));
  }
  if (elements.length < 2) return elements;
  sort(elements);
  return distinct(elements, most);
}

/** Below that many numbers, an insertion sort is faster. */
const FEW = 16;

function sort(numbers: number[]): void {
  if (numbers.length >= FEW) {
    for (const [index, number] of Float64Array.from(numbers).sort().entries()) {
      numbers[index] = number;
    }
    return;
  }
  // Knuth, The Art of Computer Programming, 5.2.1, algorithm S.
  for (let index = 1; index < numbers.length; index += 1) {
    const number = numbers[index] as number;
    let to = index;
    for (; to > 0 && (numbers[to - 1] as number) > number; to -= 1) {
      numbers[to] = numbers[to - 1] as number;
    }
    numbers[to] = number;
  }
}

/** The first of some numbers in order, without duplicates. */
function distinct(numbers: number[], most: number): number[] {
  let kept = 1;
  for (let index = 1; index < numbers.length && kept < most; index += 1) {
    if (numbers[index] === numbers[kept - 1]) continue;
    numbers[kept] = numbers[index] as number;
    kept += 1;
  }
  numbers.length = kept;
  return numbers;
}
