import { expect } from 'chai';
import fc from 'fast-check';
import { drawRegisters } from '../../scripts/testbed/draw-registers.js';
import { createRandomBits } from '../../scripts/testbed/random-bits.js';
import { countRegisters } from '../../src/es/sketch/count.js';
import { isReliable, toEstimate } from '../../src/es/sketch/estimate.js';
import { estimateCount } from '../../src/es/sketch/interval.js';
import { estimateOverlap as estimateOfSets } from '../../src/es/sketch/overlap.js';
import { MAX_REGISTER, REGISTER_COUNT, type Registers } from '../../src/es/sketch/registers.js';
import { drawPair, expectSound, holds, setsOf, users } from '../support/sketches.js';

const estimateOverlap = (first: Registers, second: Registers) =>
  estimateOfSets(...setsOf([first, second] as [Registers, Registers]));

const value = fc.oneof(fc.nat(3), fc.nat(51));
const seeds = fc.nat();

describe('the overlap of two sketches', () => {
  it('is sound for registers that no users would leave', () => {
    const values = fc.array(value, { minLength: 1, maxLength: 40 });
    const repeat = (some: readonly number[]) =>
      new Uint8Array(REGISTER_COUNT).map((_, at) => some[at % some.length] ?? 0);
    fc.assert(
      fc.property(values, values, (first, second) => {
        const overlap = estimateOverlap(repeat(first), repeat(second));
        for (const part of ['onlyFirst', 'onlySecond', 'both', 'union'] as const) {
          expectSound(overlap[part]);
          expect(overlap[part].value).to.be.finite;
        }
        expectSound(overlap.jaccard, 1);
      }),
      {
        numRuns: 100,
        examples: [
          [[MAX_REGISTER], [1]],
          [[MAX_REGISTER], [MAX_REGISTER]],
        ],
      },
    );
  });

  it('is the same the other way round', () => {
    fc.assert(
      fc.property(seeds, users, users, users, (seed, onlyFirst, onlySecond, both) => {
        const [first, second] = drawPair(seed, onlyFirst, onlySecond, both);
        const one = estimateOverlap(first, second);
        const other = estimateOverlap(second, first);
        const tolerance = 1 + one.union.value * 2e-4;
        expect(other.both.value).to.be.closeTo(one.both.value, tolerance);
        expect(other.onlySecond.value).to.be.closeTo(one.onlyFirst.value, tolerance);
      }),
      { numRuns: 50 },
    );
  });

  it('is all of a set and itself, and nothing of a set and none', () => {
    const set = drawRegisters(createRandomBits(1), 50_000);
    const none = new Uint8Array(REGISTER_COUNT);
    const same = estimateOverlap(set, set);
    expect(same.onlyFirst.value + same.onlySecond.value).to.be.at.most(1);
    expect(same.jaccard.value).to.be.closeTo(1, 1e-4);
    expect(holds(same.jaccard.interval, 1)).to.equal(true);
    const { both, onlyFirst, reliable } = estimateOverlap(set, none);
    expect(both).to.deep.equal({ value: 0, interval: { low: 0, high: 0 }, exact: true });
    expect(onlyFirst.value).to.equal(countRegisters(set));
    expect(reliable).to.equal(true);
    expect(estimateOverlap(none, none).jaccard.value).to.equal(0);
  });

  it('is nothing of none and a set', () => {
    const set = drawRegisters(createRandomBits(1), 500);
    const { union, onlyFirst, onlySecond, both } = estimateOverlap(
      new Uint8Array(REGISTER_COUNT),
      set,
    );
    const whole = toEstimate(estimateCount(set));
    expect([union, onlySecond]).to.deep.equal([whole, whole]);
    expect([onlyFirst.value, both.value]).to.deep.equal([0, 0]);
  });

  it('has a Jaccard index of the shared part of the union', () => {
    for (const [seed, users] of [
      [1, [3_000, 2_000, 1_000]],
      [6, [100, 100, 30_000]],
      [9, [1, 1, 1]],
    ] as const) {
      const { jaccard, both, union } = estimateOverlap(
        ...drawPair(seed, users[0], users[1], users[2]),
      );
      expect(jaccard.value).to.be.closeTo(both.value / union.value, 2e-4);
      const { low, high } = both.interval;
      // About as wide as that of the shared part, by the union, and more narrow where nearly all is shared.
      expect(jaccard.interval.low).to.be.within((0.69 * low) / union.value, jaccard.value);
      expect(jaccard.interval.high).to.be.within(jaccard.value, (1.01 * high) / union.value);
    }
    const set = drawRegisters(createRandomBits(1), 5_000);
    expect(estimateOverlap(set, set).jaccard.interval.high).to.be.within(0.999, 1);
  });

  it('is as good as exact for few users', () => {
    const { both, onlyFirst, onlySecond } = estimateOverlap(...drawPair(3, 4, 9, 7));
    expect([both.value, onlyFirst.value, onlySecond.value]).to.deep.equal([7, 4, 9]);
    expect(both.interval).to.deep.equal({ low: 7, high: 7 });
  });

  it('is not reliable when it is small beside the sets', () => {
    expect(estimateOverlap(...drawPair(5, 1_000_000, 1_000_000, 2_000)).reliable).to.equal(false);
    expect(estimateOverlap(...drawPair(5, 1_000_000, 1_000_000, 500_000)).reliable).to.equal(true);
  });
});

describe('an estimate', () => {
  for (const [value, low, high, reliable] of [
    [100, 80, 120, true],
    [100, 90, 130, true],
    [100, 80, 121, false],
    [100, 60, 100, true],
    [100, 100, 100, true],
    [0, 0, 0, true],
    [0, 0, 1, false],
  ] as const) {
    it(`of ${value}, from ${low} to ${high}, is ${reliable ? '' : 'not '}reliable`, () => {
      expect(isReliable({ value, interval: { low, high } })).to.equal(reliable);
    });
  }
});
