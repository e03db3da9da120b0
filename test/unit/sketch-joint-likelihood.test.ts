import { expect } from 'chai';
import fc from 'fast-check';
import { observe } from '../../src/es/sketch/cells.js';
import { withCounts } from '../../src/es/sketch/counted.js';
import { jointLikelihoodOf } from '../../src/es/sketch/joint-likelihood.js';
import { type LikelihoodOf, likelihoodOf } from '../../src/es/sketch/likelihood.js';
import { observeSamples } from '../../src/es/sketch/sample-cells.js';
import { drawFamily, familiesOf, type SetFamily } from '../support/families.js';

function likelihoodsOf({ sets }: SetFamily) {
  const registers = observe(sets.map((set) => set.registers));
  const samples = observeSamples(sets.map(({ sample }) => sample));
  return { registers, samples, joint: jointLikelihoodOf(registers, samples) };
}

/** Rates near the users there are, from some numbers around 1. */
const ratesOf = ({ users }: SetFamily, factors: readonly number[]) =>
  Float64Array.from(users, (count, region) =>
    region === 0 ? 0 : (count + 2) * (factors[region % factors.length] as number),
  );

const small = familiesOf(1, 2, 3);
const factors = fc.array(fc.double({ min: 0.8, max: 1.25, noNaN: true }), {
  minLength: 8,
  maxLength: 8,
});

/** Fails unless the derivatives are those that small differences show. */
function expectDerivatives(of: LikelihoodOf, rates: Float64Array): void {
  const { gradient, hessian } = of(rates);
  for (let region = 1; region < rates.length; region += 1) {
    const step = (rates[region] as number) * 1e-3;
    const up = of(rates.with(region, (rates[region] as number) + step));
    const down = of(rates.with(region, (rates[region] as number) - step));
    const slope = (up.value - down.value) / (2 * step);
    expect(gradient[region], `slope ${region}`).to.be.closeTo(slope, 1e-3 + Math.abs(slope) * 2e-3);
    for (let other = 1; other < rates.length; other += 1) {
      const [above, below] = [up.gradient[other] as number, down.gradient[other] as number];
      const curvature = (above - below) / (2 * step);
      const second = hessian[region * rates.length + other];
      const size = Math.sqrt((rates[region] as number) * (rates[other] as number));
      expect(second, `bend ${region}, ${other}`).to.be.closeTo(
        curvature,
        (2e-3 + 2e-3 * Math.abs(curvature * size)) / size,
      );
    }
  }
}

describe('the likelihood of registers and samples', () => {
  it('has the derivatives it says', () => {
    fc.assert(
      fc.property(small, factors, (recipe, some) => {
        const family = drawFamily(recipe);
        expectDerivatives(likelihoodsOf(family).joint, ratesOf(family, some));
      }),
      { numRuns: 60 },
    );
  });

  it('with counts of the sets has the derivatives it says', () => {
    fc.assert(
      fc.property(small, factors, (recipe, some) => {
        const family = drawFamily(recipe);
        const rates = ratesOf(family, some);
        const counts = family.sets.map((_, set) => 10 * set);
        expectDerivatives(withCounts(likelihoodsOf(family).joint, counts), rates);
      }),
      { numRuns: 20 },
    );
  });

  it('is that of the registers where there are no samples', () => {
    fc.assert(
      fc.property(small, factors, (recipe, some) => {
        const family = drawFamily(recipe);
        fc.pre(family.sampleSize === 0);
        const rates = ratesOf(family, some);
        const { registers, joint } = likelihoodsOf(family);
        fc.pre(family.sets.every(({ sample }) => sample.limit === 0));
        expect(joint(rates)).to.deep.equal(likelihoodOf(registers, rates));
      }),
      { numRuns: 10 },
    );
  });

  it('is the largest at the users where samples have all of them', () => {
    fc.assert(
      fc.property(small, factors, (recipe, some) => {
        const family = drawFamily(recipe);
        fc.pre(family.sets.every(({ sample }) => sample.hashes !== undefined));
        const { joint } = likelihoodsOf(family);
        const { gradient } = joint(Float64Array.from(family.users, (count) => count + 1e-9));
        for (const [region, count] of family.users.entries()) {
          if (count > 0) expect(gradient[region]).to.be.closeTo(0, 1e-3);
        }
        const { value } = joint(Float64Array.from(family.users, (count) => count + 1e-9));
        expect(joint(ratesOf(family, some)).value).to.be.at.most(value + 1e-3);
      }),
      { numRuns: 20 },
    );
  });
});
