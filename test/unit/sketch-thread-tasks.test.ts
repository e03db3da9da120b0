import { expect } from 'chai';
import { drawSets } from '../../scripts/testbed/draw-sets.js';
import { createRandomBits } from '../../scripts/testbed/random-bits.js';
import { toEstimate } from '../../src/es/sketch/estimate.js';
import { estimateExpression } from '../../src/es/sketch/expression.js';
import { estimateOverlap } from '../../src/es/sketch/overlap.js';
import { exactSample } from '../../src/es/sketch/sample.js';
import { estimateSet, type SketchedSet } from '../../src/es/sketch/sketched-set.js';
import {
  estimateLeastRegion,
  estimateOverlaps,
  runEstimation,
} from '../../src/es/sketch/thread-tasks.js';

/** 300 are in all sets, the others in one each. */
const sets = drawSets(createRandomBits(5), [0, 400, 500, 0, 600, 0, 0, 300], 0);
const [a, b, c] = sets as [SketchedSet, SketchedSet, SketchedSet];
const nobody = { registers: new Uint8Array(16_384), sample: exactSample([]) };

describe('the overlaps of some sets', () => {
  it('are those of each two, and of all', () => {
    const { sizes, pairs, union, intersection } = estimateOverlaps(sets);
    expect(sizes).to.deep.equal(sets.map(estimateSet));
    expect(pairs.map(({ positions }) => positions)).to.deep.equal([
      [0, 1],
      [0, 2],
      [1, 2],
    ]);
    expect(intersection).to.deep.equal(
      estimateExpression({ sets, all: [0, 1, 2], any: [], none: [] }),
    );
    const { reliable, ...any } = estimateExpression({ sets, all: [], any: [0, 1, 2], none: [] });
    expect({ union, reliable }).to.deep.equal({ union: any, reliable: true });
  });

  it('of two are the same as those of their only pair', () => {
    const overlap = estimateOverlap(a, b);
    expect(estimateOverlaps([a, b])).to.deep.equal({
      sizes: [a, b].map(estimateSet),
      pairs: [{ positions: [0, 1], overlap }],
      union: overlap.union,
      intersection: { ...overlap.both, reliable: overlap.reliable },
    });
  });

  it('of one are itself', () => {
    const value = toEstimate(estimateSet(a));
    expect(estimateOverlaps([a])).to.deep.equal({
      sizes: [estimateSet(a)],
      pairs: [],
      union: value,
      intersection: { ...value, reliable: true },
    });
  });
});

describe('the least region of some sets', () => {
  it('is a whole number near the least of the parts', () => {
    const least = estimateLeastRegion([a, b]);
    expect(Number.isInteger(least)).to.equal(true);
    expect(least).to.be.within(280, 320);
    expect(estimateLeastRegion(sets)).to.equal(0);
    expect(estimateLeastRegion([a, nobody])).to.equal(0);
    expect(estimateLeastRegion([nobody, nobody])).to.equal(0);
  });
});

describe('an estimation that is a task', () => {
  const expression = { sets, all: [0, 1], any: [], none: [2] };
  for (const [task, result] of [
    [{ kind: 'overlaps', sets }, estimateOverlaps(sets)],
    [{ kind: 'expression', expression }, estimateExpression(expression)],
    [{ kind: 'leastRegion', sets: [a, c] }, estimateLeastRegion([a, c])],
  ] as const) {
    it(`gives the ${task.kind}`, () => expect(runEstimation(task)).to.deep.equal(result));
  }
});
