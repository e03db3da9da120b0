/** How many bits a hash of a user has. */
export const HASH_BITS = 52;

/**
 * A hash of a user id: a whole number from 0 up to, not including, 2^52, so exact as a double and in a script of Redis. It
 * decides which users are in a `Sample`, so it must never change.
 *
 * Two lanes of MurmurHash3 (Appleby, MurmurHash3_x86_32: multiply, rotate, multiply, and its final mix) read the UTF-16 code
 * units, each with its own constants; the lanes are mixed into each other at the end. With 52 bits, two of 1,024 users have
 * the same hash with a probability of 10^-10.
 *
 * Whoever chooses ids can choose hashes, as they can choose registers of Redis; hashes of private ids (`createPrivateIds`)
 * cannot be chosen.
 */
export function hashUser(userId: string): number {
  setLanes(userId);
  return ((LANES[0] as number) & 0xfffff) * 0x1_0000_0000 + ((LANES[1] as number) >>> 0);
}

/**
 * The hashes of some users. In an array of its own no hash is an object, as each result of `hashUser` is.
 *
 * @param hashes gets them, and may have room for more
 */
export function hashUsers(userIds: readonly string[], hashes: Float64Array): void {
  for (let index = 0; index < userIds.length; index += 1) {
    setLanes(userIds[index] as string);
    hashes[index] = ((LANES[0] as number) & 0xfffff) * 0x1_0000_0000 + ((LANES[1] as number) >>> 0);
  }
}

const LANES = new Int32Array(2);

function setLanes(userId: string): void {
  let one = 0x9747b28c ^ userId.length;
  let other = 0x3c074a61 ^ userId.length;
  for (let index = 0; index < userId.length; index += 1) {
    const unit = userId.charCodeAt(index);
    let first = Math.imul(unit, 0xcc9e2d51);
    first = (first << 15) | (first >>> 17);
    one ^= Math.imul(first, 0x1b873593);
    one = (Math.imul((one << 13) | (one >>> 19), 5) + 0xe6546b64) | 0;
    let second = Math.imul(unit, 0xab0e9789);
    second = (second << 17) | (second >>> 15);
    other ^= Math.imul(second, 0x38b34ae5);
    other = (Math.imul((other << 16) | (other >>> 16), 5) + 0x561ccd1b) | 0;
  }
  one = mix((one + other) | 0);
  LANES[0] = one;
  LANES[1] = mix((other + one) | 0);
}

/** The final mix of MurmurHash3: each bit of the input changes each bit of the result with a probability of 1/2. */
function mix(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
