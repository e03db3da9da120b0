/** A source of random bits: 32 of them at a time, as a whole number from 0 to 2^32 - 1. */
export type RandomBits = () => number;

/** A source that a seed determines: sfc32 of the PractRand suite, by Chris Doty-Humphrey. */
export function createRandomBits(seed: number): RandomBits {
  let [a, b, c, counter] = [0, seed | 0, seed < 0 ? -1 : Math.floor(seed / 2 ** 32) | 0, 1];
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let round = 0; round < 15; round += 1) next();
  return next;
}

/** A number above 0 and below 1, of 53 bits. */
export function uniform(random: RandomBits): number {
  return ((random() >>> 6) * 2 ** 27 + (random() >>> 5) + 0.5) * 2 ** -53;
}

/** How many heads some tosses of a fair coin show. */
export function countHeads(random: RandomBits, tosses: number): number {
  let heads = 0;
  let left = tosses;
  for (; left >= 32; left -= 32) heads += countBits(random());
  return left > 0 ? heads + countBits(random() >>> (32 - left)) : heads;
}

function countBits(bits: number): number {
  let sums = bits - ((bits >>> 1) & 0x55555555);
  sums = (sums & 0x33333333) + ((sums >>> 2) & 0x33333333);
  sums = (sums + (sums >>> 4)) & 0x0f0f0f0f;
  return Math.imul(sums, 0x01010101) >>> 24;
}
