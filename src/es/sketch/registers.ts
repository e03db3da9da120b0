/** How many registers a HyperLogLog of Redis has: 2^14. */
export const REGISTER_COUNT = 16_384;

/** The largest value of a register: of the 64 bits of a hash 14 choose the register, and 50 zeros give 51. */
export const MAX_REGISTER = 51;

/** The registers of a HyperLogLog: `REGISTER_COUNT` values from 0 to `MAX_REGISTER`. */
export type Registers = Uint8Array;

/** The registers of the union of sketches; all 0 if there are no sketches. */
export function mergeRegisters([first, ...others]: readonly Registers[]): Registers {
  const merged = new Uint8Array(REGISTER_COUNT);
  if (first !== undefined) merged.set(first);
  const ours = wordsOf(merged);
  for (const registers of others) {
    const theirs = wordsOf(registers);
    for (let index = 0; index < ours.length; index += 1) {
      ours[index] = largerOfEach(ours[index] as number, theirs[index] as number);
    }
  }
  return merged;
}

/** Four registers at a time. */
function wordsOf(registers: Registers): Uint32Array {
  // A part of another array may begin between words.
  const { buffer, byteOffset } =
    registers.byteOffset % 4 === 0 ? registers : new Uint8Array(registers);
  return new Uint32Array(buffer, byteOffset, REGISTER_COUNT / 4);
}

/**
 * The larger of each byte of two words, without carries between the bytes, as no register has its highest bit set (Warren,
 * "Hacker's Delight", section 2-18).
 */
function largerOfEach(one: number, other: number): number {
  const notLess = ((one | HIGHEST_BITS) - other) & HIGHEST_BITS;
  const mask = notLess - (notLess >>> 7);
  return (one & mask) | (other & ~mask);
}

const HIGHEST_BITS = 0x80808080;

/** Whether a sketch has no user. */
export function isEmpty(registers: Registers): boolean {
  return registers.every((value) => value === 0);
}

/** How many registers have each value. */
export function histogramOf(registers: Registers): Uint32Array {
  // Neighbours often have the same value, and a counter that was just written is slow to read. So two take turns.
  const histogram = new Uint32Array(MAX_REGISTER + 1);
  const other = new Uint32Array(MAX_REGISTER + 1);
  for (let index = 0; index < REGISTER_COUNT; index += 2) {
    const first = registers[index] as number;
    const second = registers[index + 1] as number;
    histogram[first] = (histogram[first] as number) + 1;
    other[second] = (other[second] as number) + 1;
  }
  for (let value = 0; value <= MAX_REGISTER; value += 1) {
    histogram[value] = (histogram[value] as number) + (other[value] as number);
  }
  return histogram;
}
