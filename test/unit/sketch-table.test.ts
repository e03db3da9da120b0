import { expect } from 'chai';
import fc from 'fast-check';
import { knownRegionsOf } from '../../src/es/sketch/known-regions.js';
import { exactSample, NO_SAMPLE } from '../../src/es/sketch/sample.js';
import { wholeTable } from '../../src/es/sketch/table.js';

const NOTHING = { sets: 0, users: new Float64Array(8) };

describe('the whole numbers of the regions', () => {
  it('add up to the counts, whatever the rates', () => {
    const rate = fc.double({ min: 0, max: 50, noNaN: true });
    const rates = fc.array(rate, { minLength: 7, maxLength: 7 });
    const counts = fc.array(fc.nat(60), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(rates, counts, (some, three) => {
        const table = wholeTable(Float64Array.of(0, ...some), three, NOTHING);
        for (const users of table) expect(Number.isInteger(users) && users >= 0).to.equal(true);
        for (const [set, count] of three.entries()) {
          const sum = table.reduce((all, users, region) => {
            return region & (1 << set) ? all + users : all;
          }, 0);
          expect(sum).to.equal(count);
        }
      }),
    );
  });

  it('are the rates, rounded, where these add up', () => {
    const rates = Float64Array.of(0, 10.2, 20.4, 5.4, 30, 0, 0.4, 2);
    expect(Array.from(wholeTable(rates, [18, 28, 32], NOTHING))).to.deep.equal([
      0, 11, 21, 5, 30, 0, 0, 2,
    ]);
  });

  it('are what is known of sets with all users', () => {
    const of = (...hashes: number[]) => exactSample([Float64Array.from(hashes)]);
    const known = knownRegionsOf([of(1, 2, 3, 4), NO_SAMPLE, of(4, 5)]);
    expect(known).to.deep.equal({ sets: 5, users: Float64Array.of(0, 3, 0, 0, 1, 1, 0, 0) });
    const table = wholeTable(
      Float64Array.of(0, 0.4, 9, 3.4, 0.4, 0.4, 0.9, 0.9),
      [4, 12, 2],
      known,
    );
    expect(Array.from(table)).to.deep.equal([0, 0, 7, 3, 0, 0, 1, 1]);
  });
});
