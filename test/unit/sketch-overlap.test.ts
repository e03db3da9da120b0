import { expect } from 'chai';
import fc from 'fast-check';
import { drawRegisters } from '../../scripts/testbed/draw-registers.js';
import { createRandomBits } from '../../scripts/testbed/random-bits.js';
import { countRegisters } from '../../src/es/sketch/count.js';
import { estimateOverlap } from '../../src/es/sketch/overlap.js';
import { MAX_REGISTER, REGISTER_COUNT } from '../../src/es/sketch/registers.js';
import { drawPair, expectSound, holds, users } from '../support/sketches.js';

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
        const tolerance = 1 + one.union.value * 1e-4;
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
    expect(both).to.deep.equal({ value: 0, interval: { low: 0, high: 0 } });
    expect(onlyFirst.value).to.equal(countRegisters(set));
    expect(reliable).to.equal(true);
    expect(estimateOverlap(none, none).jaccard.value).to.equal(0);
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
