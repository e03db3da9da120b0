import { expect } from 'chai';
import fc from 'fast-check';
import { drawSets } from '../../scripts/testbed/draw-sets.js';
import { createRandomBits } from '../../scripts/testbed/random-bits.js';
import { exactSample, NO_SAMPLE, type Sample } from '../../src/es/sketch/sample.js';
import { similarityOf } from '../../src/es/sketch/similarity.js';
import { expectSound, holds } from '../support/sketches.js';

const drawn = (seed: number, users: readonly number[], sampleSize: number) =>
  drawSets(createRandomBits(seed), [0, ...users], sampleSize).map(({ sample }) => sample) as [
    Sample,
    Sample,
  ];

describe('how similar two sets are by their samples', () => {
  it('is known where samples have all users', () => {
    const number = fc.nat(300);
    fc.assert(
      fc.property(fc.nat(), number, number, number, (seed, first, second, both) => {
        const [one, other] = drawn(seed, [first, second, both], 1_024);
        const exact = (some: number, all: number) => {
          const value = all === 0 ? 0 : some / all;
          return { value, interval: { low: value, high: value }, exact: true };
        };
        expect(similarityOf(one, other)).to.deep.equal({
          jaccard: exact(both, first + second + both),
          firstInSecond: exact(both, first + both),
          secondInFirst: exact(both, second + both),
        });
      }),
    );
  });

  for (const [users, sampleSize] of [
    [[90_000, 90_000, 10_000], 1_024],
    [[5_000, 100_000, 500], 1_024],
    [[0, 3_000, 2_000], 1_024],
    [[300, 90_000, 400], 1_024],
    [[0, 0, 10_000], 256],
  ] as const) {
    it(`holds ${users} in 93 of 100 intervals, with samples of ${sampleSize}`, () => {
      const [first, second, both] = users;
      const covered = { jaccard: 0, firstInSecond: 0, secondInFirst: 0 };
      const truths = {
        jaccard: both / (first + second + both),
        firstInSecond: both / (first + both),
        secondInFirst: both / (second + both),
      };
      for (let trial = 0; trial < 400; trial += 1) {
        const found = similarityOf(...drawn(trial, users, sampleSize));
        for (const part of ['jaccard', 'firstInSecond', 'secondInFirst'] as const) {
          expectSound(found[part], 1);
          if (holds(found[part].interval, truths[part])) covered[part] += 1;
        }
      }
      // Three standard errors of 400 trials less than 95 %.
      for (const count of Object.values(covered)) expect(count).to.be.at.least(367);
    });
  }

  it('is not known without a sample', () => {
    const unknown = { value: 0, interval: { low: 0, high: 1 }, exact: false };
    const { jaccard, firstInSecond } = similarityOf(NO_SAMPLE, exactSample([Float64Array.of(1)]));
    expect([jaccard, firstInSecond]).to.deep.equal([unknown, unknown]);
  });
});
