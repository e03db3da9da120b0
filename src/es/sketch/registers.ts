/** How many registers a HyperLogLog of Redis has: 2^14. */
export const REGISTER_COUNT = 16_384;

/** The largest value of a register: of the 64 bits of a hash 14 choose the register, and 50 zeros give 51. */
export const MAX_REGISTER = 51;

/** The registers of a HyperLogLog: `REGISTER_COUNT` values from 0 to `MAX_REGISTER`. */
export type Registers = Uint8Array;

/** The registers of the union of sketches; all 0 if there are no sketches. */
export function mergeRegisters(sketches: readonly Registers[]): Registers {
  const merged = new Uint8Array(REGISTER_COUNT);
  for (const registers of sketches) {
    for (let index = 0; index < REGISTER_COUNT; index += 1) {
      const value = registers[index] as number;
      if (value > (merged[index] as number)) merged[index] = value;
    }
  }
  return merged;
}

/** Whether a sketch has no user. */
export function isEmpty(registers: Registers): boolean {
  return registers.every((value) => value === 0);
}

/** How many registers have each value. */
export function histogramOf(registers: Registers): Uint32Array {
  const histogram = new Uint32Array(MAX_REGISTER + 1);
  for (const value of registers) histogram[value] = (histogram[value] as number) + 1;
  return histogram;
}
