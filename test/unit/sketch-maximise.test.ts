import { expect } from 'chai';
import fc from 'fast-check';
import { observe } from '../../src/es/sketch/cells.js';
import { likelihoodOf } from '../../src/es/sketch/likelihood.js';
import { type Maximum, maximise } from '../../src/es/sketch/maximise.js';
import { mergeRegisters } from '../../src/es/sketch/registers.js';
import { drawPair } from '../support/sketches.js';

const OBSERVED = observe(drawPair(1, 3_000, 2_000, 1_000));
const search = (observed: typeof OBSERVED, ...start: number[]) =>
  maximise((rates) => likelihoodOf(observed, rates), Float64Array.of(0, ...start));

/** Fails if a rate that is a little larger or smaller is more likely. */
function expectBest({ rates, likelihood }: Maximum): void {
  for (const region of [1, 2, 3]) {
    for (const change of [0.5, 0.97, 1.03, 2]) {
      const moved = rates.with(region, (rates[region] as number) * change);
      expect(likelihoodOf(OBSERVED, moved).value).to.be.below(likelihood.value);
    }
  }
}

describe('the most likely rates', () => {
  it('are near the users there are, and none beside them is more likely', () => {
    const best = search(OBSERVED, 1_000, 1_000, 1_000);
    expectBest(best);
    expect(best.rates[0]).to.equal(0);
    for (const [region, users] of [3_000, 2_000, 1_000].entries()) {
      expect(best.rates[region + 1]).to.be.closeTo(users, 150);
      expect(best.likelihood.gradient[region + 1]).to.be.closeTo(0, 1e-4);
    }
    expect(best.likelihood).to.deep.equal(likelihoodOf(OBSERVED, best.rates));
  });

  it('are the same from wherever the search starts', () => {
    const { likelihood } = search(OBSERVED, 1_000, 1_000, 1_000);
    const start = fc.double({ min: 1e-3, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(start, start, start, (...rates) => {
        expect(search(OBSERVED, ...rates).likelihood.value).to.be.closeTo(likelihood.value, 1e-4);
      }),
      {
        numRuns: 50,
        examples: [
          [1e6, 1e-3, 1e-3],
          [1e-3, 1e-3, 1e6],
        ],
      },
    );
    expect(search(OBSERVED, 0, 1, 0).likelihood.value).to.be.closeTo(likelihood.value, 1e-4);
  });

  it('make a region that nobody shows so small that it makes no difference, in few steps', () => {
    const [, first] = drawPair(2, 0, 500, 1_500);
    const [, second] = drawPair(3, 0, 500, 0);
    const within = observe([first, mergeRegisters([first, second])]);
    let tries = 0;
    const counted = (rates: Float64Array) => {
      tries += 1;
      return likelihoodOf(within, rates);
    };
    const best = maximise(counted, Float64Array.of(0, 500, 500, 500));
    expect(best.rates[1]).to.be.below(0.01);
    expect(best.rates[3]).to.be.closeTo(2_000, 60);
    expect(best.rates[2]).to.be.closeTo(500, 60);
    expect(tries).to.be.at.most(12);
  });
});
