import { expect } from 'chai';
import fc from 'fast-check';
import { drawRegisters } from '../../scripts/testbed/draw-registers.js';
import { createRandomBits } from '../../scripts/testbed/random-bits.js';
import type { Estimate } from '../../src/es/sketch/estimate.js';
import type { Interval } from '../../src/es/sketch/interval.js';
import { mergeRegisters, type Registers } from '../../src/es/sketch/registers.js';
import { NO_SAMPLE } from '../../src/es/sketch/sample.js';
import type { SketchedSet } from '../../src/es/sketch/sketched-set.js';

/** Numbers of users of any magnitude that a test can draw often. */
export const users = fc.oneof(fc.nat(3), fc.nat(300), fc.nat(40_000));

/** The sketches of two sets that share some users. */
export function drawPair(
  seed: number,
  onlyFirst: number,
  onlySecond: number,
  both: number,
): [Registers, Registers] {
  const random = createRandomBits(seed);
  const shared = drawRegisters(random, both);
  const draw = (only: number) => mergeRegisters([drawRegisters(random, only), shared]);
  return [draw(onlyFirst), draw(onlySecond)];
}

/** Sets of which only the registers are known. */
export function setsOf<Sketches extends readonly Registers[]>(
  sketches: Sketches,
): { [Key in keyof Sketches]: SketchedSet } {
  return sketches.map((registers) => ({ registers, sample: NO_SAMPLE })) as {
    [Key in keyof Sketches]: SketchedSet;
  };
}

export function holds({ low, high }: Interval, truth: number): boolean {
  return low <= truth && truth <= high;
}

/** Fails unless 0 <= low <= value <= high, and value <= most. */
export function expectSound({ value, interval }: Estimate, most = Number.POSITIVE_INFINITY): void {
  expect(interval.low).to.be.at.least(0);
  expect(value).to.be.at.least(interval.low);
  expect(interval.high).to.be.at.least(value);
  expect(value).to.be.at.most(most);
}

/** A dense sketch as Redis keeps it, its cached count marked as out of date. */
export function encodeDense(values: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(12_304);
  bytes.set(Buffer.from('HYLL'));
  bytes[15] = 0x80;
  for (let index = 0; index < values.length; index += 1) {
    for (let bit = 0; bit < 6; bit += 1) {
      const at = index * 6 + bit;
      const byte = 16 + (at >> 3);
      const isSet = ((values[index] as number) >> bit) & 1;
      bytes[byte] = (bytes[byte] as number) | (isSet << (at & 7));
    }
  }
  return bytes;
}
