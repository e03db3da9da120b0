// Many trials of estimates that are right in most of them.
import { expect } from 'chai';
import fc from 'fast-check';
import { drawRegisters } from '../../scripts/testbed/draw-registers.js';
import { createRandomBits } from '../../scripts/testbed/random-bits.js';
import { countRegisters } from '../../src/es/sketch/count.js';
import { estimateCount } from '../../src/es/sketch/interval.js';
import { estimateOverlap } from '../../src/es/sketch/overlap.js';
import { drawPair, expectSound, holds, setsOf, users } from '../support/sketches.js';

const seeds = fc.nat();

describe('the interval of a count', () => {
  for (const users of [1_500, 5_000, 20_000, 100_000]) {
    it(`holds ${users} users in 95 of 100 sketches`, () => {
      const random = createRandomBits(users);
      let covered = 0;
      for (let trial = 0; trial < 1_000; trial += 1) {
        const { low, high } = estimateCount(drawRegisters(random, users)).interval;
        if (low <= users && users <= high) covered += 1;
      }
      expect(covered).to.be.within(930, 970);
    });
  }
});

describe('the overlap of two sketches', () => {
  it('is sound whatever the sets', () => {
    fc.assert(
      fc.property(seeds, users, users, users, (seed, onlyFirst, onlySecond, both) => {
        const [first, second] = drawPair(seed, onlyFirst, onlySecond, both);
        const overlap = estimateOverlap(...setsOf([first, second] as const));
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

  for (const [onlyFirst, onlySecond, both] of [
    [30_000, 30_000, 30_000],
    [0, 200_000, 10_000],
    [2_000, 9_000, 300],
  ] as const) {
    it(`holds ${both} shared beside ${onlyFirst} and ${onlySecond} in 95 of 100 intervals`, () => {
      let covered = 0;
      for (let trial = 0; trial < 300; trial += 1) {
        const overlap = estimateOverlap(...setsOf(drawPair(trial, onlyFirst, onlySecond, both)));
        if (holds(overlap.both.interval, both)) covered += 1;
      }
      // Three standard errors of 300 trials less than 95 %.
      expect(covered).to.be.at.least(274);
    });
  }
});
