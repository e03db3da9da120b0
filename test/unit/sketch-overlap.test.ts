import { expect } from 'chai';
import fc from 'fast-check';
import { drawRegisters } from '../../bench/accuracy/draw.js';
import { createRandomBits } from '../../bench/accuracy/random.js';
import { countRegisters } from '../../src/es/sketch/count.js';
import { estimateExpression } from '../../src/es/sketch/expression.js';
import { estimateCount, type Interval } from '../../src/es/sketch/interval.js';
import { type Estimate, estimateOverlap } from '../../src/es/sketch/overlap.js';
import { mergeRegisters, REGISTER_COUNT } from '../../src/es/sketch/registers.js';

const users = fc.oneof(fc.nat(3), fc.nat(300), fc.nat(40_000));
const value = fc.oneof(fc.nat(3), fc.nat(51));
const seeds = fc.nat();
const holds = ({ low, high }: Interval, truth: number) => low <= truth && truth <= high;

function expectSound(estimate: Estimate, most = Number.POSITIVE_INFINITY): void {
  const { low, high } = estimate.interval;
  expect(low).to.be.at.least(0);
  expect(estimate.value).to.be.at.least(low);
  expect(high).to.be.at.least(estimate.value);
  expect(estimate.value).to.be.at.most(most);
}

function drawPair(seed: number, onlyFirst: number, onlySecond: number, both: number) {
  const random = createRandomBits(seed);
  const shared = drawRegisters(random, both);
  return [onlyFirst, onlySecond].map((only) =>
    mergeRegisters([drawRegisters(random, only), shared]),
  ) as [Uint8Array, Uint8Array];
}

describe('the overlap of two sketches', () => {
  it('is sound whatever the sets', () => {
    fc.assert(
      fc.property(seeds, users, users, users, (seed, onlyFirst, onlySecond, both) => {
        const [first, second] = drawPair(seed, onlyFirst, onlySecond, both);
        const overlap = estimateOverlap(first, second);
        const smaller = Math.min(countRegisters(first), countRegisters(second));
        expectSound(overlap.both, smaller);
        for (const part of ['onlyFirst', 'onlySecond', 'union'] as const)
          expectSound(overlap[part]);
        expectSound(overlap.jaccard, 1);
        expect(overlap.onlyFirst.value + overlap.onlySecond.value + overlap.both.value).to.equal(
          overlap.union.value,
        );
      }),
      { numRuns: 300 },
    );
  });

  it('is sound for registers that no users would leave', () => {
    const registers = fc.array(value, { minLength: 1, maxLength: 40 }).map((values) => {
      return Uint8Array.from(
        { length: REGISTER_COUNT },
        (_, at) => values[at % values.length] ?? 0,
      );
    });
    fc.assert(
      fc.property(registers, registers, (first, second) => {
        const overlap = estimateOverlap(first, second);
        for (const part of ['onlyFirst', 'onlySecond', 'both', 'union'] as const) {
          expectSound(overlap[part]);
          expect(overlap[part].value).to.be.finite;
        }
        expectSound(overlap.jaccard, 1);
      }),
      { numRuns: 100 },
    );
  });

  it('is the same the other way round', () => {
    fc.assert(
      fc.property(seeds, users, users, users, (seed, onlyFirst, onlySecond, both) => {
        const [first, second] = drawPair(seed, onlyFirst, onlySecond, both);
        const one = estimateOverlap(first, second);
        const other = estimateOverlap(second, first);
        const tolerance = 1 + one.union.value * 1e-3;
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

  for (const [onlyFirst, onlySecond, both] of [
    [30_000, 30_000, 30_000],
    [0, 200_000, 10_000],
    [2_000, 9_000, 300],
  ] as const) {
    it(`holds ${both} shared beside ${onlyFirst} and ${onlySecond} in 95 of 100 intervals`, () => {
      let covered = 0;
      for (let trial = 0; trial < 300; trial += 1) {
        const overlap = estimateOverlap(...drawPair(trial, onlyFirst, onlySecond, both));
        if (holds(overlap.both.interval, both)) covered += 1;
      }
      // Three standard errors of 300 trials less than 95 %.
      expect(covered).to.be.at.least(274);
    });
  }
});

describe('an expression of sketches', () => {
  const random = createRandomBits(11);
  /** Disjoint parts, by the sets they belong to, as bits. */
  const sizes = [0, 20_000, 15_000, 9_000, 30_000, 5_000, 7_000, 12_000];
  const parts = sizes.map((size) => drawRegisters(random, size));
  const [a, b, c] = [1, 2, 4].map((set) =>
    mergeRegisters(parts.filter((_, region) => region & set)),
  ) as [Uint8Array, Uint8Array, Uint8Array];
  const sizeOf = (isIn: (region: number) => boolean) =>
    sizes.reduce((sum, size, region) => sum + (isIn(region) ? size : 0), 0);
  const has = (region: number, ...sets: number[]) => sets.every((set) => region & set);

  for (const [what, expression, truth] of [
    ['one set', { all: [a], any: [], none: [] }, sizeOf((r) => has(r, 1))],
    ['any of two', { all: [], any: [a, b], none: [] }, sizeOf((r) => has(r, 1) || has(r, 2))],
    ['two', { all: [a, b], any: [], none: [] }, sizeOf((r) => has(r, 1, 2))],
    ['one without another', { all: [a], any: [], none: [b] }, sizeOf((r) => has(r, 1) && !(r & 2))],
    ['one and any of two', { all: [a], any: [b, c], none: [] }, 9_000 + 5_000 + 12_000],
    ['three', { all: [a, b, c], any: [], none: [] }, 12_000],
    ['two without a third', { all: [a, b], any: [], none: [c] }, 9_000],
    ['one without two', { all: [c], any: [], none: [a, b] }, 30_000],
  ] as const) {
    it(`finds ${what}`, () => {
      const estimate = estimateExpression(expression);
      expectSound(estimate);
      // Half as much again: an interval of 95 % may miss.
      const { low, high } = estimate.interval;
      const margin = (high - low) / 4;
      expect(holds({ low: low - margin, high: high + margin }, truth)).to.equal(true);
      expect((high - low) / truth).to.be.below(0.2);
      expect(estimate.reliable).to.equal(true);
    });
  }

  it('is a count when it is of one sketch', () => {
    expect(estimateExpression({ all: [a, a], any: [], none: [] }).value).to.equal(
      countRegisters(a),
    );
    const merged = estimateCount(mergeRegisters([a, b]));
    expect(estimateExpression({ all: [], any: [a, b], none: [] }).interval).to.deep.equal(
      merged.interval,
    );
  });

  it('means nobody when a set is empty, or all of it is excluded', () => {
    const none = new Uint8Array(REGISTER_COUNT);
    expect(estimateExpression({ all: [a, none], any: [], none: [] }).value).to.equal(0);
    expect(estimateExpression({ all: [a], any: [], none: [a, b] }).value).to.be.at.most(1);
  });

  it('is sound, and within what two sets share, whatever the sets', () => {
    fc.assert(
      fc.property(seeds, fc.array(users, { minLength: 7, maxLength: 7 }), (seed, counts) => {
        const bits = createRandomBits(seed);
        const drawn = counts.map((count) => drawRegisters(bits, count));
        const all = [1, 2, 4].map((set) =>
          mergeRegisters(drawn.filter((_, index) => (index + 1) & set)),
        ) as [Uint8Array, Uint8Array, Uint8Array];
        const estimate = estimateExpression({ all, any: [], none: [] });
        const pair = estimateExpression({ all: all.slice(0, 2), any: [], none: [] });
        expectSound(estimate, pair.value);
        expectSound(estimateExpression({ all: all.slice(0, 2), any: [], none: all.slice(2) }));
      }),
      { numRuns: 60 },
    );
  });

  it('refuses to mean everybody, and too many sketches', () => {
    expect(() => estimateExpression({ all: [], any: [], none: [a] })).to.throw(RangeError, /needs/);
    const many = Array.from({ length: 7 }, (_, size) => drawRegisters(random, size + 1));
    expect(() => estimateExpression({ all: many, any: [], none: [] })).to.throw(
      RangeError,
      /at most 6 sketches/,
    );
  });
});
