import { expect } from 'chai';
import fc from 'fast-check';
import { JACCARD, usersOf } from '../../src/es/sketch/quantity.js';

const rate = fc.double({ min: 1, max: 1e6, noNaN: true });

describe('a quantity of the users of regions', () => {
  it('is their sum', () => {
    const { of, mostPull, unit } = usersOf([1, 3], 4);
    const { value, gradient, hessian } = of(Float64Array.of(0, 5, 7, 2));
    expect([value, Array.from(gradient), hessian]).to.deep.equal([7, [0, 1, 0, 1], undefined]);
    expect(mostPull(Float64Array.of(0, 0.5, 0.1, 0.4))).to.equal(0.4);
    expect(unit(Float64Array.of(0, 5, 7, 2))).to.equal(1);
    expect(usersOf([1], 4).most(Float64Array.of(0, 5, 7, 2))).to.equal(156);
  });

  it('is a Jaccard index with the derivatives it says', () => {
    fc.assert(
      fc.property(rate, rate, rate, (first, second, both) => {
        const rates = Float64Array.of(0, first, second, both);
        const union = first + second + both;
        const { value, gradient, hessian } = JACCARD.of(rates);
        expect(value).to.be.closeTo(both / union, 1e-12);
        for (const region of [1, 2, 3]) {
          const step = 1e-4 * union;
          const up = JACCARD.of(rates.with(region, (rates[region] as number) + step));
          const down = JACCARD.of(rates.with(region, (rates[region] as number) - step));
          expect(((up.value - down.value) / (2 * step)) * union).to.be.closeTo(
            (gradient[region] as number) * union,
            1e-6,
          );
          for (const other of [1, 2, 3]) {
            const bend =
              ((up.gradient[other] as number) - (down.gradient[other] as number)) / (2 * step);
            const second = hessian?.[4 * region + other] as number;
            expect(bend * union ** 2).to.be.closeTo(second * union ** 2, 1e-5);
          }
        }
      }),
    );
    expect(JACCARD.of(new Float64Array(4)).value).to.equal(0);
  });
});
