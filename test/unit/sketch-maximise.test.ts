import { expect } from 'chai';
import fc from 'fast-check';
import { observe } from '../../src/es/sketch/cells.js';
import { likelihoodOf } from '../../src/es/sketch/likelihood.js';
import { type Family, type Maximum, maximise } from '../../src/es/sketch/maximise.js';
import { mergeRegisters } from '../../src/es/sketch/registers.js';
import { drawPair } from '../support/sketches.js';

const REGIONS = [1, 2, 3];
const unit = (region: number, value = 1) => new Float64Array(4).with(region, value);

/** Every region has a rate of its own. */
const FREE: Family = {
  offset: new Float64Array(4),
  directions: REGIONS.map((region) => unit(region)),
};
/** Both sets have as many users of their own, and 100 beside what is searched. */
const TIED: Family = {
  offset: Float64Array.of(0, 100, 100, 0),
  directions: [Float64Array.of(0, 1, 1, 0), unit(3, 2)],
};
const OBSERVED = observe(drawPair(1, 3_000, 2_000, 1_000));

/** The likelihood of some factors of a family. */
function valueAt({ offset, directions }: Family, factors: Float64Array): number {
  const rates = offset.map((rate, region) =>
    directions.reduce(
      (sum, direction, at) => sum + (direction[region] ?? 0) * (factors[at] ?? 0),
      rate,
    ),
  );
  return likelihoodOf(OBSERVED, rates).value;
}

/** Fails if a factor that is a little larger or smaller is more likely. */
function expectBest(family: Family, { factors, likelihood }: Maximum): void {
  expect(valueAt(family, factors)).to.be.closeTo(likelihood.value, 1e-6);
  for (const [index, factor] of factors.entries()) {
    for (const change of [0.5, 0.97, 1.03, 2]) {
      expect(valueAt(family, factors.with(index, factor * change))).to.be.below(likelihood.value);
    }
  }
}

describe('the most likely rates', () => {
  it('are near the users there are, and none beside them is more likely', () => {
    const best = maximise(OBSERVED, FREE, Float64Array.of(1_000, 1_000, 1_000));
    expectBest(FREE, best);
    expect(best.rates[0]).to.equal(0);
    for (const [region, users] of [3_000, 2_000, 1_000].entries()) {
      expect(best.rates[region + 1]).to.be.closeTo(users, 150);
      expect(best.likelihood.gradient[region + 1]).to.be.closeTo(0, 1e-4);
    }
    expect(best.likelihood).to.deep.equal(likelihoodOf(OBSERVED, best.rates));
  });

  it('are the same from wherever the search starts', () => {
    const { likelihood } = maximise(OBSERVED, FREE, Float64Array.of(1_000, 1_000, 1_000));
    const start = fc.double({ min: 1e-3, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(start, start, start, (...factors) => {
        const found = maximise(OBSERVED, FREE, Float64Array.from(factors));
        expect(found.likelihood.value).to.be.closeTo(likelihood.value, 1e-4);
      }),
      {
        numRuns: 50,
        examples: [
          [1e6, 1e-3, 1e-3],
          [1e-3, 1e-3, 1e6],
        ],
      },
    );
    const fromNone = maximise(OBSERVED, FREE, Float64Array.of(0, 1, 0));
    expect(fromNone.likelihood.value).to.be.closeTo(likelihood.value, 1e-4);
  });

  it('are those of the family that is searched', () => {
    const best = maximise(OBSERVED, TIED, Float64Array.of(10, 10));
    expectBest(TIED, best);
    const [own, both] = best.factors as unknown as [number, number];
    expect(Array.from(best.rates)).to.deep.equal([0, 100 + own, 100 + own, 2 * both]);
    expect(best.rates[3]).to.be.closeTo(1_000, 150);
    expect(own).to.be.closeTo(2_400, 150);
    // What was given is unchanged.
    expect(TIED.offset).to.deep.equal(Float64Array.of(0, 100, 100, 0));
  });

  it('make a region that nobody shows so small that it makes no difference', () => {
    const [, first] = drawPair(2, 0, 500, 1_500);
    const [, second] = drawPair(3, 0, 500, 0);
    const within = observe([first, mergeRegisters([first, second])]);
    const best = maximise(within, FREE, Float64Array.of(500, 500, 500));
    expect(best.rates[1]).to.be.below(0.01);
    expect(best.rates[3]).to.be.closeTo(2_000, 60);
    expect(best.rates[2]).to.be.closeTo(500, 60);
  });

  it('are fixed where there is nothing to search', () => {
    const fixed = { offset: Float64Array.of(0, 3_000, 2_000, 1_000), directions: [] };
    const { rates, factors, likelihood } = maximise(OBSERVED, fixed, new Float64Array());
    expect([rates, factors]).to.deep.equal([fixed.offset, new Float64Array()]);
    expect(likelihood).to.deep.equal(likelihoodOf(OBSERVED, fixed.offset));
  });
});
