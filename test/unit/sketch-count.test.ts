import { expect } from 'chai';
import fc from 'fast-check';
import { countRegisters, sigma } from '../../src/es/sketch/count.js';
import { MAX_REGISTER, REGISTER_COUNT, type Registers } from '../../src/es/sketch/registers.js';

/** Terms of the series: more make no difference to a double. */
const TERMS = Array.from({ length: 60 }, (_, index) => index + 1);

/** The series of Ertl for registers that are 0. */
const sigmaSeries = (share: number) =>
  TERMS.reduce((sum, k) => sum + share ** (2 ** k) * 2 ** (k - 1), share);

/** The series of Ertl for registers at their maximum. */
const tauSeries = (share: number) =>
  TERMS.reduce((sum, k) => sum - (1 - share ** (2 ** -k)) ** 2 * 2 ** -k, 1 - share) / 3;

/** The estimator as it is written down: m^2 / (2 ln 2) by the sum of the contributions. */
function estimate(counts: readonly number[]): number {
  const m = REGISTER_COUNT;
  const shareOf = (value: number) => (counts[value] ?? 0) / m;
  let sum = m * sigmaSeries(shareOf(0));
  for (let value = 1; value < MAX_REGISTER; value += 1) {
    sum += (counts[value] ?? 0) * 2 ** -value;
  }
  sum += m * tauSeries(1 - shareOf(MAX_REGISTER)) * 2 ** (1 - MAX_REGISTER);
  return m ** 2 / (2 * Math.log(2)) / sum;
}

/** Registers of which so many have each value; all others are 0. */
function registersOf(counts: ReadonlyMap<number, number>): Registers {
  const registers = new Uint8Array(REGISTER_COUNT);
  let index = 0;
  for (const [value, count] of counts) {
    registers.fill(value, index, index + count);
    index += count;
  }
  return registers;
}

const expectNear = (registers: Registers) => {
  const counts = new Array<number>(MAX_REGISTER + 1).fill(0);
  for (const value of registers) counts[value] = (counts[value] as number) + 1;
  const expected = Math.min(Number.MAX_SAFE_INTEGER, estimate(counts));
  expect(countRegisters(registers)).to.be.closeTo(expected, 0.5 + 1e-11 * expected);
};

describe('the count of a sketch', () => {
  it('is that of the improved estimator of Ertl', () => {
    const value = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 51 }));
    const counts = fc.array(fc.tuple(value, fc.nat(REGISTER_COUNT / 4)), { maxLength: 4 });
    fc.assert(fc.property(counts, (some) => expectNear(registersOf(new Map(some)))));
  });

  for (const counts of [
    [[1, 16_384]],
    [[50, 16_384]],
    [[12, 16_384]],
    [
      [51, 1],
      [20, 16_383],
    ],
    [
      [51, 1],
      [40, 16_383],
    ],
    [
      [51, 8_192],
      [50, 8_192],
    ],
    [
      [51, 16_383],
      [1, 1],
    ],
    [[51, 16_383]],
    [[51, 1]],
    [
      [51, 8_192],
      [38, 8_192],
    ],
    [
      [51, 15_000],
      [37, 1_384],
    ],
    [
      [51, 16_000],
      [36, 384],
    ],
  ] as [number, number][][]) {
    it(`holds for ${counts.map(([value, count]) => `${count} of ${value}`).join(' and ')}`, () =>
      expectNear(registersOf(new Map(counts))));
  }

  it('is exact for few users, and a safe integer for impossibly many', () => {
    for (const count of [0, 1, 2, 10, 20]) {
      expect(countRegisters(registersOf(new Map([[1, count]])))).to.equal(count);
    }
    const saturated = registersOf(new Map([[MAX_REGISTER, REGISTER_COUNT]]));
    expect(countRegisters(saturated)).to.equal(Number.MAX_SAFE_INTEGER);
  });
});

describe('the contribution of the registers that are 0', () => {
  it('is the sum of its series, and infinite for all registers', () => {
    expect(sigma(0)).to.equal(0);
    expect(sigma(1)).to.equal(Number.POSITIVE_INFINITY);
    fc.assert(
      fc.property(fc.double({ min: 0, max: 0.9999, noNaN: true }), (share) => {
        expect(sigma(share)).to.be.closeTo(sigmaSeries(share), 1e-12 * sigmaSeries(share));
      }),
    );
  });
});
