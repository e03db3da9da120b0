import { expect } from 'chai';
import { drawRegisters } from '../../scripts/testbed/draw-registers.js';
import { createRandomBits } from '../../scripts/testbed/random-bits.js';
import { observe } from '../../src/es/sketch/cells.js';
import { countRegisters } from '../../src/es/sketch/count.js';
import { fitCounts, fitRegions } from '../../src/es/sketch/fit.js';
import { profileInterval } from '../../src/es/sketch/profile.js';
import { usersOf } from '../../src/es/sketch/quantity.js';
import { mergeRegisters, type Registers } from '../../src/es/sketch/registers.js';
import { drawPair, setsOf } from '../support/sketches.js';

const fitOf = (sketches: readonly Registers[]) =>
  fitRegions(setsOf(sketches), countRegisters(mergeRegisters(sketches)));

const intervalOf = (fit: ReturnType<typeof fitOf>, region: number) =>
  profileInterval(fit, usersOf([region], fit.best.rates.length));

describe('the users of the regions of sketches', () => {
  it('are near those there are, and none beside them is more likely', () => {
    const sketches = drawPair(1, 3_000, 2_000, 1_000);
    const { best, exposure, likelihoodOf } = fitOf(sketches);
    expect(exposure).to.deep.equal(observe(sketches).exposure);
    expect(best.likelihood).to.deep.equal(likelihoodOf(best.rates));
    for (const [index, users] of [3_000, 2_000, 1_000].entries()) {
      expect(best.rates[index + 1]).to.be.closeTo(users, 100);
      expect(best.likelihood.gradient[index + 1]).to.be.closeTo(0, 1e-4);
    }
    expect(best.rates[0]).to.equal(0);
  });

  it('are found for three sketches, and for one', () => {
    const users = [0, 2_000, 1_500, 900, 3_000, 500, 700, 1_200];
    const random = createRandomBits(11);
    const parts = users.map((count) => drawRegisters(random, count));
    const sets = [1, 2, 4].map((set) => mergeRegisters(parts.filter((_, region) => region & set)));
    const { best } = fitOf(sets);
    for (const [region, count] of users.entries()) {
      expect(best.rates[region], `region ${region}`).to.be.closeTo(count, 120);
    }
    const [one] = sets as [Registers];
    expect(fitOf([one]).best.rates[1]).to.be.closeTo(countRegisters(one), 10);
  });

  it('do not hang on the count that the search starts from', () => {
    const sketches = drawPair(1, 3_000, 2_000, 1_000);
    const { likelihood } = fitOf(sketches).best;
    for (const union of [1, 100, 6_000, 1e6]) {
      const { best } = fitRegions(setsOf(sketches), union);
      expect(best.likelihood.value).to.be.closeTo(likelihood.value, 1e-4);
    }
  });

  it('start so near that a step or two finds them', () => {
    // Sketches of nobody in common, one within the other, and the same: the regions that nobody is in stay near 0.
    const [first, second] = drawPair(2, 5_000, 4_000, 0);
    const both = mergeRegisters([first, second]);
    for (const [sketches, empty] of [
      [[first, second], [3]],
      [[first, both], [1]],
      [[both, second], [2]],
      [
        [both, both],
        [1, 2],
      ],
    ] as const) {
      const { best } = fitOf(sketches);
      for (const region of empty) expect(best.rates[region]).to.be.below(0.5);
    }
  });

  it('add up to counts that the sets are said to have, with the least loss', () => {
    const fit = fitOf(drawPair(1, 3_000, 2_000, 1_000));
    const counts = [4_010, 3_050];
    const { rates, likelihood } = fitCounts(fit, counts);
    expect((rates[1] as number) + (rates[3] as number)).to.be.closeTo(4_010, 0.5);
    expect((rates[2] as number) + (rates[3] as number)).to.be.closeTo(3_050, 0.5);
    // One more user in both and one less in each of them alone.
    const slope = (at: Float64Array) => {
      const { gradient } = fit.likelihoodOf(at);
      return (gradient[3] as number) - (gradient[1] as number) - (gradient[2] as number);
    };
    expect(slope(rates)).to.be.closeTo(0, 1e-4);
    expect(likelihood.value).to.be.below(fit.best.likelihood.value);
  });

  // As they are for these very sketches: another way of searching may end a little beside them.
  for (const [seed, users, intervals] of [
    [
      1,
      [3_000, 2_000, 1_000],
      [
        [2_976, 3_072],
        [1_978, 2_056],
        [965, 1_027],
      ],
    ],
    [
      8,
      [300, 30_000, 10],
      [
        [263, 307],
        [29_694, 30_454],
        [2, 46],
      ],
    ],
    [
      7,
      [0, 0, 5_000],
      [
        [0, 1],
        [0, 1],
        [4_935, 5_046],
      ],
    ],
  ] as const) {
    it(`have intervals, such as of ${users.join(', ')}`, () => {
      const fitted = fitOf(drawPair(seed, users[0], users[1], users[2]));
      for (const [index, [low, high]] of intervals.entries()) {
        const interval = intervalOf(fitted, index + 1);
        const tolerance = 0.6 + 0.01 * (high - low);
        expect(interval.low).to.be.closeTo(low, tolerance);
        expect(interval.high).to.be.closeTo(high, tolerance);
      }
    });
  }

  for (const [seed, users, rates] of [
    [1, [3_000, 2_000, 1_000], [3_022.895337, 2_016.268486, 995.9824376]],
    [5, [100_000, 200_000, 2_000], [101_039.3157, 199_543.7286, 1_457.50283]],
    [6, [100, 100, 30_000], [90.99781694, 96.48777551, 30_276.32704]],
    [8, [300, 30_000, 10], [287.3432762, 30_072.62402, 21.61547391]],
  ] as const) {
    it(`are found from the registers that are alike, such as of ${users.join(', ')}`, () => {
      const { best } = fitOf(drawPair(seed, users[0], users[1], users[2]));
      for (const [index, rate] of rates.entries()) {
        // A thousandth of their standard errors.
        expect((best.rates[index + 1] as number) / rate).to.be.closeTo(1, 1e-3);
      }
    });
  }

  it('have an interval that ends near them where sketches show each user', () => {
    const fitted = fitOf(drawPair(3, 4, 9, 7));
    expect(intervalOf(fitted, 1).high).to.be.within(4, 4.6);
    expect(intervalOf(fitted, 2).high).to.be.within(9, 9.6);
    expect(intervalOf(fitted, 3).low).to.be.closeTo(6.6126, 0.02);
  });
});
