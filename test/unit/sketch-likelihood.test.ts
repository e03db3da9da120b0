import { expect } from 'chai';
import fc from 'fast-check';
import { observe } from '../../src/es/sketch/cells.js';
import { likelihoodOf } from '../../src/es/sketch/likelihood.js';
import { REGISTER_COUNT, type Registers } from '../../src/es/sketch/registers.js';

/** Registers that are as given in front, and 0 behind. */
function registersOf(values: readonly number[]): Registers {
  const registers = new Uint8Array(REGISTER_COUNT);
  registers.set(values);
  return registers;
}

/** P(K1 <= k1, ..., Kk <= kk) of the values of one register. */
function distribution(values: readonly number[], rates: Float64Array): number {
  if (values.some((value) => value < 0)) return 0;
  let exponent = 0;
  for (let region = 1; region < rates.length; region += 1) {
    const least = Math.min(...values.filter((_, sketch) => region & (1 << sketch)));
    exponent += (rates[region] as number) * 2 ** -least;
  }
  return Math.exp(-exponent / REGISTER_COUNT);
}

/** The probability of the values of one register, by differences of the distribution function. */
function probability(values: readonly number[], rates: Float64Array): number {
  let sum = 0;
  for (let lower = 0; lower < 1 << values.length; lower += 1) {
    const corner = values.map((value, sketch) => value - ((lower >> sketch) & 1));
    const odd =
      corner.reduce((total, value, sketch) => total + (values[sketch] ?? 0) - value, 0) % 2;
    sum += (odd === 1 ? -1 : 1) * distribution(corner, rates);
  }
  return sum;
}

const sketchCount = fc.integer({ min: 1, max: 3 });
const observed = sketchCount.chain((count) =>
  fc.record({
    registers: fc.array(
      fc.array(fc.integer({ min: 0, max: 4 }), { minLength: count, maxLength: count }),
      { minLength: 1, maxLength: 30 },
    ),
    rates: fc.array(fc.double({ min: 500, max: 90_000, noNaN: true }), {
      minLength: (1 << count) - 1,
      maxLength: (1 << count) - 1,
    }),
  }),
);

describe('the likelihood of some sketches', () => {
  it('is the product of the probabilities of their registers', () => {
    fc.assert(
      fc.property(observed, ({ registers, rates }) => {
        const all = Float64Array.of(0, ...rates);
        const count = registers[0]?.length ?? 0;
        const sketches = Array.from({ length: count }, (_, sketch) =>
          registersOf(registers.map((values) => values[sketch] as number)),
        );
        const zeros = Array.from({ length: count }, () => 0);
        const expected =
          registers.reduce((sum, values) => sum + Math.log(probability(values, all)), 0) +
          (REGISTER_COUNT - registers.length) * Math.log(probability(zeros, all));
        const { value } = likelihoodOf(observe(sketches), all);
        expect(value / expected).to.be.closeTo(1, 1e-9);
      }),
    );
  });

  it('has the derivatives it says', () => {
    fc.assert(
      fc.property(observed, ({ registers, rates }) => {
        const all = Float64Array.of(0, ...rates);
        const sketches = Array.from({ length: registers[0]?.length ?? 0 }, (_, sketch) =>
          registersOf(registers.map((values) => values[sketch] as number)),
        );
        const observation = observe(sketches);
        const { gradient, hessian } = likelihoodOf(observation, all);
        for (let region = 1; region < all.length; region += 1) {
          const step = (all[region] as number) * 1e-4;
          const up = likelihoodOf(observation, all.with(region, (all[region] as number) + step));
          const down = likelihoodOf(observation, all.with(region, (all[region] as number) - step));
          const slope = (up.value - down.value) / (2 * step);
          expect(gradient[region]).to.be.closeTo(slope, 1e-6 + Math.abs(slope) * 1e-3);
          for (let other = 1; other < all.length; other += 1) {
            const [above, below] = [up.gradient[other] as number, down.gradient[other] as number];
            const curvature = (above - below) / (2 * step);
            const at = region * all.length + other;
            expect(hessian[at]).to.be.closeTo(curvature, 1e-12 + Math.abs(curvature) * 1e-3);
          }
        }
      }),
    );
  });

  it('has the slopes it says where every register has a value', () => {
    // Of two sketches: all registers of the first are 1 or 2, and those of the second 1 or 3.
    const sketches = [
      new Uint8Array(REGISTER_COUNT).fill(1).fill(2, 0, 5_000),
      new Uint8Array(REGISTER_COUNT).fill(3).fill(1, 2_000, 9_000),
    ];
    const observation = observe(sketches);
    const rates = Float64Array.of(0, 20_000, 30_000, 10_000);
    const { gradient } = likelihoodOf(observation, rates);
    for (const region of [1, 2, 3]) {
      const at = (change: number) =>
        likelihoodOf(observation, rates.with(region, (rates[region] as number) + change)).value;
      expect(gradient[region]).to.be.closeTo((at(1) - at(-1)) / 2, 1e-6);
    }
  });
});
