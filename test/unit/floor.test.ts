import { expect } from 'chai';
import fc from 'fast-check';
import { createFloor } from '../../src/es/queries/floor.js';

const WINDOW_DAYS = 14;
const users = fc.nat(1e6);
const days = fc.integer({ min: 1, max: WINDOW_DAYS });

describe('A floor', () => {
  it('of 0 or 1 tells everything as it is, and 1 says of nobody that there are too few', () => {
    fc.assert(
      fc.property(fc.constantFrom(0, 1), users, users, days, (least, value, width, asked) => {
        const floor = createFloor(least, WINDOW_DAYS);
        const interval = { low: Math.max(0, value - width), high: value + width };
        const told =
          value < least
            ? { userCount: 0, interval: { low: 0, high: 0 }, belowFloor: true }
            : { userCount: value, interval, belowFloor: false };
        const standardError = value < least ? 0 : width;
        expect(floor.hides).to.equal(false);
        expect(floor.count(value, asked)).to.equal(value);
        const estimate = { count: value, interval, standardError: width };
        expect(floor.segment(estimate, asked)).to.deep.equal({ ...told, standardError });
        const diagram = { leastRegion: 0, most: width };
        expect(floor.several({ value, interval }, diagram)).to.deep.equal(told);
        floor.checkSeveral(46, asked);
      }),
    );
  });

  it('tells the whole window from the least count on, and a part of it from twice that, in such steps', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 1e5 }), users, days, (least, value, asked) => {
        const floor = createFloor(least, WINDOW_DAYS);
        const step = asked === WINDOW_DAYS ? least : 2 * least;
        const told = floor.count(value, asked);
        expect(told).to.equal(Math.floor(value / step) * step);
        expect(floor.count(value)).to.equal(floor.count(value, WINDOW_DAYS));
        const interval = { low: value, high: value };
        const estimate = floor.segment({ count: value, interval, standardError: 0 }, asked);
        expect([estimate.userCount, estimate.belowFloor]).to.deep.equal([told, told === 0]);
        expect(estimate.interval.low).to.be.at.most(told);
        expect(estimate.interval.high).to.be.at.least(value);
      }),
    );
  });

  it('tells of an estimate no more than of any other with the same count', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 1e3 }),
        users,
        users,
        days,
        (least, one, more, asked) => {
          const floor = createFloor(least, WINDOW_DAYS);
          const step = asked === WINDOW_DAYS ? least : 2 * least;
          const other = Math.floor(one / step) * step + (more % step);
          const [first, second] = [one, other].map((count) =>
            floor.segment({ count, interval: { low: 0, high: more }, standardError: more }, asked),
          );
          expect(first).to.deep.equal(second);
        },
      ),
    );
  });
});
