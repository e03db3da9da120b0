import { expect } from 'chai';
import { drawRegisters } from '../../scripts/testbed/draw-registers.js';
import { createRandomBits } from '../../scripts/testbed/random-bits.js';
import { countRegisters } from '../../src/es/sketch/count.js';
import { toEstimate } from '../../src/es/sketch/estimate.js';
import { estimateExpression as estimateOfSets } from '../../src/es/sketch/expression.js';
import { estimateCount } from '../../src/es/sketch/interval.js';
import { mergeRegisters, REGISTER_COUNT, type Registers } from '../../src/es/sketch/registers.js';
import { expectSound, holds, setsOf } from '../support/sketches.js';

type Sketches = readonly Registers[];

/** The estimate of an expression that is written with sketches. */
function estimateExpression(expression: { all: Sketches; any: Sketches; none: Sketches }) {
  const { all, any, none } = expression;
  const sketches = [...new Set([...all, ...any, ...none])];
  const positions = (some: Sketches) => some.map((sketch) => sketches.indexOf(sketch));
  return estimateOfSets({
    sets: setsOf(sketches),
    all: positions(all),
    any: positions(any),
    none: positions(none),
  });
}

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
    expect(estimateExpression({ all: [a], any: [a, b], none: [] })).to.deep.equal({
      ...toEstimate(estimateCount(a)),
      reliable: true,
    });
  });

  it('is as good as exact for few users', () => {
    const shared = drawRegisters(random, 20);
    const all = [1, 2, 3].map((own) => mergeRegisters([shared, drawRegisters(random, own)]));
    expect(estimateExpression({ all, any: [], none: [] })).to.deep.equal({
      value: 20,
      interval: { low: 20, high: 20 },
      exact: false,
      reliable: true,
    });
  });

  it('means nobody when a set is empty, or all of it is excluded', () => {
    const none = new Uint8Array(REGISTER_COUNT);
    expect(estimateExpression({ all: [a, none], any: [], none: [] }).value).to.equal(0);
    expect(estimateExpression({ all: [a], any: [], none: [a, b] }).value).to.be.at.most(1);
  });

  it('is certainly nobody where a set is required and excluded', () => {
    const nobody = { value: 0, interval: { low: 0, high: 0 }, exact: true, reliable: true };
    expect(estimateExpression({ all: [a, b], any: [], none: [a] })).to.deep.equal(nobody);
    expect(estimateExpression({ all: [], any: [a], none: [a] })).to.deep.equal(nobody);
  });

  it('is of up to 6 sketches', () => {
    const shared = drawRegisters(random, 5);
    const all = [1, 2, 1, 2].map((own) => mergeRegisters([shared, drawRegisters(random, own)]));
    const any = [shared, drawRegisters(random, 2)];
    const none = [drawRegisters(random, 2)];
    expect(estimateExpression({ all: all.slice(0, 3), any, none }).value).to.equal(5);
  });

  it('is of nobody where a required set is empty, of several too', () => {
    const none = new Uint8Array(REGISTER_COUNT);
    const nobody = { value: 0, interval: { low: 0, high: 0 }, exact: true, reliable: true };
    for (const expression of [
      { all: [none], any: [], none: [] },
      { all: [], any: [none, none], none: [a] },
      { all: [a, b, none], any: [], none: [c] },
    ]) {
      expect(estimateExpression(expression)).to.deep.equal(nobody);
    }
  });

  it('refuses to mean everybody, and too many sketches', () => {
    expect(() => estimateExpression({ all: [], any: [], none: [a] })).to.throw(RangeError, /needs/);
    const many = Array.from({ length: 7 }, (_, size) => drawRegisters(random, size + 1));
    expect(() => estimateExpression({ all: many, any: [], none: [] })).to.throw(
      RangeError,
      /at most 6 sets/,
    );
  });
});
