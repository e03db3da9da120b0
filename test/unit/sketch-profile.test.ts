import { expect } from 'chai';
import { observe } from '../../src/es/sketch/cells.js';
import { Z_95 } from '../../src/es/sketch/interval.js';
import { type Maximum, maximise } from '../../src/es/sketch/maximise.js';
import { profileInterval, type Quantity } from '../../src/es/sketch/profile.js';
import { drawPair } from '../support/sketches.js';

const unit = (region: number, value = 1) => new Float64Array(4).with(region, value);

/** The rate of one region of two sketches. */
function rateOf(region: number, most: number): Quantity {
  const others = [1, 2, 3].filter((other) => other !== region);
  const directions = others.map((other) => unit(other));
  return {
    of: (rates) => rates[region] as number,
    familyAt: (value) => ({ offset: unit(region, value), directions }),
    startAt: (rates) => Float64Array.from(others, (other) => rates[other] as number),
    most,
    resolution: 0.1,
  };
}

function setUp(
  seed: number,
  users: readonly [onlyFirst: number, onlySecond: number, both: number],
) {
  const observation = observe(drawPair(seed, ...users));
  const family = { offset: new Float64Array(4), directions: [1, 2, 3].map((one) => unit(one)) };
  const best = maximise(
    observation,
    family,
    Float64Array.from(users, (rate) => rate + 1),
  );
  const most = 4 * best.rates.reduce((sum, rate) => sum + rate) + 100;
  /** The likelihood that is lost where a quantity has a value, and its users there. */
  const pointAt = (quantity: Quantity, value: number) => {
    const there = maximise(observation, quantity.familyAt(value), quantity.startAt(best.rates));
    return lossAt(best, there, quantity);
  };
  return { observation, best, most, pointAt };
}

/** By the saddle point approximation, for each region: n = lambda (1 + s), lower by lambda - n + n log(n / lambda). */
function lossAt(best: Maximum, { rates, likelihood }: Maximum, quantity: Quantity) {
  const users = rates.map((rate, region) => rate * (1 + (likelihood.gradient[region] ?? 0)));
  const lower = rates.reduce((sum, rate, region) => {
    const expected = users[region] as number;
    return rate > 0 && expected > 0
      ? sum + rate - expected + expected * Math.log(expected / rate)
      : sum;
  }, 0);
  const loss = best.likelihood.value - likelihood.value - lower;
  return { loss, users: quantity.of(users) };
}

/** The users where the loss is that of 95 %, by bisection between a value inside and one outside. */
function limitBetween(
  pointAt: (value: number) => { loss: number; users: number },
  ends: [number, number],
) {
  let [inside, outside] = ends;
  for (let step = 0; step < 60; step += 1) {
    const middle = (inside + outside) / 2;
    if (pointAt(middle).loss < Z_95 ** 2 / 2) inside = middle;
    else outside = middle;
  }
  return pointAt(inside).users;
}

/** A quantity that notes how often the likelihood is maximised for it. */
function counted(quantity: Quantity) {
  const points: number[] = [];
  const familyAt = (value: number) => {
    points.push(value);
    return quantity.familyAt(value);
  };
  return { points, quantity: { ...quantity, familyAt } };
}

const THOUSANDS = [3_000, 2_000, 1_000] as const;
const FEW_SHARED = [100_000, 200_000, 2_000] as const;
const MOST_SHARED = [100, 100, 30_000] as const;
const UNEQUAL = [300, 30_000, 10] as const;
const ALIKE = [50_000, 50_000, 50_000] as const;

describe('the interval of a profile likelihood', () => {
  for (const [seed, users, region, tries] of [
    [1, THOUSANDS, 1, 6],
    [1, THOUSANDS, 2, 6],
    [1, THOUSANDS, 3, 6],
    [5, FEW_SHARED, 1, 5],
    [5, FEW_SHARED, 2, 5],
    [5, FEW_SHARED, 3, 8],
    [6, MOST_SHARED, 1, 9],
    [6, MOST_SHARED, 2, 8],
    [6, MOST_SHARED, 3, 5],
    [8, UNEQUAL, 1, 9],
    [8, UNEQUAL, 2, 5],
    [10, ALIKE, 3, 5],
    [15, [3_000, 30_000, 30], 3, 12],
  ] as const) {
    it(`ends where the loss is that of 95 %: region ${region} of ${users.join(', ')}`, () => {
      const { observation, best, most, pointAt } = setUp(seed, users);
      const { quantity, points } = counted(rateOf(region, most));
      const found = profileInterval(observation, best, quantity);
      expect(points).to.have.length.at.most(tries);
      const rate = best.rates[region] as number;
      const at = (value: number) => pointAt(quantity, value);
      const low = limitBetween(at, [rate, rate / 1_000]);
      const high = limitBetween(at, [rate, 3 * rate + 10]);
      // The search ends 0.02 of a standard error before the limit at the latest.
      const tolerance = 0.1 + 0.006 * (high - low);
      expect(found.low).to.be.closeTo(low, tolerance);
      expect(found.high).to.be.closeTo(high, tolerance);
    });
  }

  it('is interpolated by the loss where the likelihood jumps', () => {
    const { observation, best, most, pointAt } = setUp(1, THOUSANDS);
    const rate = best.rates[3] as number;
    for (const [edge, jump] of [
      [100, 100],
      [50, 200],
      [20, 300],
    ] as const) {
      // Rates change by leaps: none is near the limit.
      const leap = (value: number) => {
        const distance = value - rate;
        return rate + distance + (Math.abs(distance) > edge ? Math.sign(distance) * jump : 0);
      };
      const plain = rateOf(3, most);
      const quantity = { ...plain, familyAt: (value: number) => plain.familyAt(leap(value)) };
      const found = profileInterval(observation, best, quantity);
      for (const [end, sign] of [
        [found.low, -1],
        [found.high, 1],
      ] as const) {
        const inside = pointAt(quantity, rate + sign * (edge - 1e-6));
        const outside = pointAt(quantity, rate + sign * (edge + 1e-6));
        const share = (Z_95 ** 2 / 2 - inside.loss) / (outside.loss - inside.loss);
        const expected = inside.users + share * (outside.users - inside.users);
        expect(end, `${sign * edge} and ${jump}`).to.be.closeTo(expected, 0.2);
      }
    }
  });

  it('starts at 0 where its start is less than what matters', () => {
    const { observation, best, most } = setUp(12, [300, 30_000, 3]);
    const { quantity, points } = counted(rateOf(3, most));
    expect(best.rates[3]).to.be.greaterThan(1);
    expect(profileInterval(observation, best, quantity).low).to.equal(0);
    expect(points).to.have.length.at.most(9);
  });

  it('starts at 0 where there is nobody, or may be nobody', () => {
    for (const [seed, users, region, tries] of [
      [2, [0, 500, 1_500], 1, 4],
      [4, [20_000, 20_000, 0], 3, 5],
    ] as const) {
      const { observation, best, most, pointAt } = setUp(seed, users);
      const { quantity, points } = counted(rateOf(region, most));
      const { low, high } = profileInterval(observation, best, quantity);
      expect(points).to.have.length.at.most(tries);
      expect(low).to.equal(0);
      const expected = limitBetween((value) => pointAt(quantity, value), [1e-3, 1_000]);
      expect(high).to.be.closeTo(expected, 0.1 + 0.02 * expected);
    }
  });

  it('ends at the most that there can be', () => {
    const { observation, best } = setUp(1, [3_000, 2_000, 1_000]);
    const rate = best.rates[3] as number;
    for (const more of [0, 1, 3]) {
      const { high } = profileInterval(observation, best, rateOf(3, rate + more));
      expect(high).to.be.within(rate, rate + more + 1);
    }
  });

  it('is narrow where sketches show each user', () => {
    const { observation, best, most } = setUp(3, [4, 9, 7]);
    for (const [region, users] of [4, 9, 7].entries()) {
      const { quantity, points } = counted(rateOf(region + 1, most));
      const { low, high } = profileInterval(observation, best, quantity);
      expect(points).to.have.length.at.most(12);
      expect(low).to.be.within(users - 0.45, users + 0.01);
      expect(high).to.be.within(users, users + 0.2);
    }
  });
});
