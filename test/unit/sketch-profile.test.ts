import { expect } from 'chai';
import { drawSets } from '../../scripts/testbed/draw-sets.js';
import { createRandomBits } from '../../scripts/testbed/random-bits.js';
import { type Fit, fitRegions } from '../../src/es/sketch/fit.js';
import { Z_95 } from '../../src/es/sketch/interval.js';
import { profileInterval } from '../../src/es/sketch/profile.js';
import { JACCARD, usersOf } from '../../src/es/sketch/quantity.js';

type Users = readonly [onlyFirst: number, onlySecond: number, both: number];

function fitOf(seed: number, users: Users, sampleSize = 0): Fit {
  const sets = drawSets(createRandomBits(seed), [0, ...users], sampleSize);
  return fitRegions(
    sets,
    users.reduce((sum, count) => sum + count),
  );
}

/**
 * The best rates if one of them is given: each step replaces the others by the number of users that are expected (EM), which
 * is slow, but has nothing in common with the search that is tested.
 */
function bestWith({ likelihoodOf, best }: Fit, region: number, given: number): Float64Array {
  let rates = best.rates.with(region, given);
  for (let step = 0; step < 2_000; step += 1) {
    const { gradient } = likelihoodOf(rates);
    const next = rates.map((rate, at) => (at === region ? rate : rate * (1 + (gradient[at] ?? 0))));
    const change = next.reduce((most, rate, at) => {
      return Math.max(most, Math.abs(rate - (rates[at] as number)));
    }, 0);
    rates = next;
    if (change < 1e-6) break;
  }
  return rates;
}

/** The likelihood that is lost by the saddle point approximation: n = lambda (1 + s), lower by lambda - n + n log(n / lambda). */
function outcomeOf({ likelihoodOf, best }: Fit, region: number, rates: Float64Array) {
  const { value, gradient } = likelihoodOf(rates);
  const users = rates.map((rate, at) => rate * (1 + (gradient[at] as number)));
  const lower = rates.reduce((sum, rate, at) => {
    const expected = users[at] as number;
    return rate > 1e-9 && expected > 0
      ? sum + rate - expected + expected * Math.log(expected / rate)
      : sum;
  }, 0);
  return { loss: best.likelihood.value - value - lower, users: users[region] as number };
}

/** The users where the loss is that of 95 %, by bisection between a rate inside and one outside. */
function limitOf(fit: Fit, region: number, [inside, outside]: [number, number]): number {
  let [near, far] = [inside, outside];
  for (let step = 0; step < 30; step += 1) {
    const middle = Math.sqrt(near * far);
    const { loss } = outcomeOf(fit, region, bestWith(fit, region, middle));
    if (loss < Z_95 ** 2 / 2) near = middle;
    else far = middle;
  }
  return outcomeOf(fit, region, bestWith(fit, region, near)).users;
}

describe('the interval of a profile likelihood', () => {
  for (const [users, sampleSize] of [
    [[3_000, 2_000, 1_000], 0],
    [[3_000, 2_000, 1_000], 1_024],
    [[300, 3_000, 10], 0],
    [[100, 100, 9_000], 0],
    [[900, 800, 700], 1_024],
    [[5_000, 5_000, 50], 1_024],
    [[20_000, 30_000, 600], 1_024],
  ] as [Users, number][]) {
    for (const region of [1, 2, 3]) {
      it(`ends where the loss is that of 95 %: region ${region} of ${users}, samples of ${sampleSize}`, () => {
        const fit = fitOf(1, users, sampleSize);
        const rate = fit.best.rates[region] as number;
        const found = profileInterval(fit, usersOf([region], 4));
        const low = limitOf(fit, region, [rate, rate / 100]);
        const high = limitOf(fit, region, [rate, 3 * rate + 10]);
        // The search ends 0.02 of a standard error before the limit at the latest.
        const tolerance = 0.15 + 0.01 * (high - low);
        expect(found.low).to.be.closeTo(low, tolerance);
        expect(found.high).to.be.closeTo(high, tolerance);
      });
    }
  }

  it('starts at 0 where there is nobody, or may be nobody', () => {
    for (const [seed, users, region] of [
      [2, [0, 500, 1_500], 1],
      [4, [20_000, 20_000, 0], 3],
    ] as const) {
      expect(profileInterval(fitOf(seed, users), usersOf([region], 4)).low).to.equal(0);
    }
  });

  it('is narrow where sketches show each user', () => {
    const fit = fitOf(3, [4, 9, 7]);
    for (const [region, users] of [4, 9, 7].entries()) {
      const { low, high } = profileInterval(fit, usersOf([region + 1], 4));
      expect(low).to.be.within(users - 0.45, users + 0.01);
      expect(high).to.be.within(users, users + 0.6);
    }
  });

  it('of a union of equal sets is that of one of them, and of disjoint ones narrower than that of the merge', () => {
    const same = fitOf(5, [0, 0, 50_000]);
    const { low, high } = profileInterval(same, usersOf([1, 2, 3], 4));
    expect((high - low) / 50_000).to.be.closeTo(2 * Z_95 * 0.0069, 0.001);
    const disjoint = profileInterval(fitOf(6, [50_000, 50_000, 0]), usersOf([1, 2, 3], 4));
    expect((disjoint.high - disjoint.low) / 100_000).to.be.closeTo(
      (2 * Z_95 * 0.0069) / Math.SQRT2,
      0.001,
    );
  });

  it('of a Jaccard index is that of the shared users where only they are uncertain', () => {
    const fit = fitOf(8, [10_000, 10_000, 500]);
    const both = profileInterval(fit, usersOf([3], 4));
    const { low, high } = profileInterval(fit, JACCARD);
    expect(low).to.be.closeTo(both.low / 20_500, 0.0005);
    expect(high).to.be.closeTo(both.high / 20_500, 0.0005);
  });
});
