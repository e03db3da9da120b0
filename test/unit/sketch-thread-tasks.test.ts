import { expect } from 'chai';
import { drawRegisters } from '../../scripts/testbed/draw-registers.js';
import { createRandomBits } from '../../scripts/testbed/random-bits.js';
import { estimateExpression } from '../../src/es/sketch/expression.js';
import { estimateCount } from '../../src/es/sketch/interval.js';
import { estimateOverlap } from '../../src/es/sketch/overlap.js';
import { mergeRegisters, REGISTER_COUNT, type Registers } from '../../src/es/sketch/registers.js';
import {
  estimateLeastRegion,
  estimateOverlaps,
  runEstimation,
} from '../../src/es/sketch/thread-tasks.js';

const random = createRandomBits(5);
/** Disjoint parts: the first is in all sets, the others are in one each. */
const [shared, ...own] = [300, 400, 500, 600].map((users) => drawRegisters(random, users)) as [
  Registers,
  ...Registers[],
];
const sketches = own.map((only) => mergeRegisters([only, shared]));
const [a, b, c] = sketches as [Registers, Registers, Registers];

describe('the overlaps of some sketches', () => {
  it('are those of each two, and of all', () => {
    const { count, interval } = estimateCount(mergeRegisters(sketches));
    expect(estimateOverlaps(sketches)).to.deep.equal({
      pairs: [
        { positions: [0, 1], overlap: estimateOverlap(a, b) },
        { positions: [0, 2], overlap: estimateOverlap(a, c) },
        { positions: [1, 2], overlap: estimateOverlap(b, c) },
      ],
      union: { value: count, interval },
      intersection: estimateExpression({ all: sketches, any: [], none: [] }),
    });
  });

  it('of two are the same as those of their only pair', () => {
    const overlap = estimateOverlap(a, b);
    expect(estimateOverlaps([a, b])).to.deep.equal({
      pairs: [{ positions: [0, 1], overlap }],
      union: overlap.union,
      intersection: { ...overlap.both, reliable: overlap.reliable },
    });
  });

  it('of one are itself', () => {
    const { count, interval } = estimateCount(a);
    const value = { value: count, interval };
    expect(estimateOverlaps([a])).to.deep.equal({
      pairs: [],
      union: value,
      intersection: { ...value, reliable: true },
    });
  });
});

describe('the least region of some sketches', () => {
  it('is a whole number near the least of the parts', () => {
    const least = estimateLeastRegion([a, b]);
    expect(Number.isInteger(least)).to.equal(true);
    expect(least).to.be.within(280, 320);
    expect(estimateLeastRegion(sketches)).to.equal(0);
    const none = new Uint8Array(REGISTER_COUNT);
    expect(estimateLeastRegion([a, none])).to.equal(0);
    expect(estimateLeastRegion([none, none])).to.equal(0);
  });
});

describe('an estimation that is a task', () => {
  const expression = { all: [a, b], any: [], none: [c] };
  for (const [task, result] of [
    [{ kind: 'overlaps', sketches }, estimateOverlaps(sketches)],
    [{ kind: 'expression', expression }, estimateExpression(expression)],
    [{ kind: 'leastRegion', sketches: [a, b] }, estimateLeastRegion([a, b])],
  ] as const) {
    it(`gives the ${task.kind}`, () => expect(runEstimation(task)).to.deep.equal(result));
  }
});
