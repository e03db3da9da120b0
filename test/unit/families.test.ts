import { expect } from 'chai';
import fc from 'fast-check';
import { boundsOf } from '../../scripts/testbed/families/bound.js';
import { type Family, membershipsOf, trialsOf } from '../../scripts/testbed/families/family.js';
import { questionsOf } from '../../scripts/testbed/families/questions.js';

const PRIMES = [1, 5, 7];

/** Sets that share a few users, and have many alone. */
const family = fc
  .record({
    sets: fc.integer({ min: 1, max: 4 }),
    uses: fc.constantFrom(...PRIMES),
    shared: fc.dictionary(fc.integer({ min: 1, max: 15 }).map(String), fc.nat(4)),
    turnover: fc.boolean(),
  })
  .map(({ sets, uses, shared, turnover }): Family => {
    const regions = new Map(
      Object.entries(shared).flatMap(([region, size]) =>
        Number(region) < 2 ** sets ? [[Number(region), size] as const] : [],
      ),
    );
    for (let set = 0; set < sets; set += 1) regions.set(1 << set, 250);
    return { title: 't', sets, regions, uses, trials: 3, turnover };
  });

describe('The sets that accuracy is measured of', () => {
  it('have in each trial as many users in each region as they are said to have', () => {
    fc.assert(
      fc.property(family, (family) => {
        const members = new Map<string, Set<string>>();
        for (const { segment, user } of membershipsOf(family, 'u')) {
          members.set(segment, (members.get(segment) ?? new Set()).add(user));
        }
        for (const segments of trialsOf(family)) {
          const sets = segments.map((segment) => members.get(segment) as Set<string>);
          const sizes = new Map<number, number>();
          for (const user of new Set(sets.flatMap((set) => [...set]))) {
            const region = sets.reduce((bits, set, at) => bits | (Number(set.has(user)) << at), 0);
            sizes.set(region, (sizes.get(region) ?? 0) + 1);
          }
          const expected = [...family.regions].filter(([, size]) => size > 0);
          expect([...sizes].sort()).to.deep.equal(expected.sort());
        }
      }),
      { numRuns: 20 },
    );
  });
});

describe('The least error', () => {
  const one = (users: number): Family => ({
    title: 't',
    sets: 1,
    regions: new Map([[1, users]]),
    uses: 1,
  });
  const boundOf = (family: Family, shares: readonly number[]) =>
    boundsOf(family, questionsOf(family), shares)[0] as number;

  it('of a HyperLogLog of many users is that of a maximum likelihood estimate (Ertl, 2017)', () => {
    expect(boundOf(one(1_000_000), [0]) * 128).to.be.closeTo(1.037, 0.02);
  });

  it('of a sample is that of a binomial number, where the HyperLogLog tells little', () => {
    const users = 10_000_000;
    const share = 0.5;
    const ofSample = (1 - share) / share / users;
    const ofRegisters = boundOf(one(users), [0]) ** 2;
    const both = 1 / (1 / ofSample + 1 / ofRegisters);
    expect(boundOf(one(users), [share]) ** 2 / both).to.be.closeTo(1, 0.01);
  });

  it('of all users is none', () => {
    expect(boundOf(one(100), [1])).to.equal(0);
  });
});
