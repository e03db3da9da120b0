import { expect } from 'chai';
import fc from 'fast-check';
import { createFloor } from '../../src/es/queries/floor.js';
import { toEstimate } from '../../src/es/sketch/estimate.js';
import { MAX_SKETCHES } from '../../src/es/sketch/expression.js';
import { exactCount } from '../../src/es/sketch/sketched-set.js';

const WINDOW_DAYS = 14;
/** A hidden number, without its interval. */
const HIDDEN = { userCount: 0, exact: false, belowFloor: true };
const users = fc.nat(1e6);
const days = fc.integer({ min: 1, max: WINDOW_DAYS });

describe('A floor', () => {
  it('of 0 or 1 tells everything as it is, and 1 says of nobody that there are too few', () => {
    fc.assert(
      fc.property(fc.constantFrom(0, 1), users, users, days, (least, value, width, asked) => {
        const floor = createFloor(least, WINDOW_DAYS);
        const interval = { low: Math.max(0, value - width), high: value + width };
        const exact = width % 2 === 0;
        const reported =
          value < least
            ? { userCount: 0, interval: { low: 0, high: 0 }, exact: false, belowFloor: true }
            : { userCount: value, interval, exact, belowFloor: false };
        const standardError = value < least ? 0 : width;
        expect(floor.hides).to.equal(false);
        expect(floor.count(value, asked)).to.equal(value);
        const estimate = { count: value, interval, exact, standardError: width };
        expect(floor.segment(estimate, asked)).to.deep.equal({ ...reported, standardError });
        const diagram = { leastRegion: 0, most: width };
        expect(floor.several({ value, interval, exact }, diagram)).to.deep.equal(reported);
        floor.checkSeveral(46, asked);
      }),
    );
  });

  it('tells the whole window from the least count on, and a part of it from twice that, in such steps', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 1e5 }), users, days, (least, value, asked) => {
        const floor = createFloor(least, WINDOW_DAYS);
        const step = asked === WINDOW_DAYS ? least : 2 * least;
        const reported = floor.count(value, asked);
        expect(reported).to.equal(Math.floor(value / step) * step);
        expect(floor.count(value)).to.equal(floor.count(value, WINDOW_DAYS));
        const interval = { low: value, high: value };
        const estimate = floor.segment({ ...exactCount(value), interval }, asked);
        expect([estimate.userCount, estimate.belowFloor]).to.deep.equal([reported, reported === 0]);
        expect(estimate.interval.low).to.be.at.most(reported);
        expect(estimate.interval.high).to.be.at.least(value);
      }),
    );
  });

  it('hides what is one user below its least count, and shows what has just as many', () => {
    const least = 10;
    const floor = createFloor(least, WINDOW_DAYS);
    const segment = (count: number, asked: number) => floor.segment(exactCount(count), asked);
    for (const [asked, enough] of [
      [WINDOW_DAYS, least],
      [WINDOW_DAYS - 1, 2 * least],
    ] as const) {
      const hidden = { ...HIDDEN, interval: { low: 0, high: enough - 1 }, standardError: 0 };
      expect(segment(enough - 1, asked)).to.deep.equal(hidden);
      expect(segment(enough, asked)).to.include({
        userCount: enough,
        exact: false,
        belowFloor: false,
      });
      expect([floor.count(enough - 1, asked), floor.count(enough, asked)]).to.eql([0, enough]);
    }
  });

  it('hides a number of several segments when it or the least region is one user short', () => {
    const enough = 20;
    const floor = createFloor(enough / 2, WINDOW_DAYS);
    const several = (value: number, leastRegion: number) =>
      floor.several(toEstimate(exactCount(value)), { leastRegion, most: 100 });
    const hidden = { ...HIDDEN, interval: { low: 0, high: 100 } };
    const interval = { low: enough, high: 2 * enough - 1 };
    expect(several(enough - 1, enough)).to.deep.equal(hidden);
    expect(several(enough, enough - 1)).to.deep.equal(hidden);
    expect(several(enough, enough)).to.eql({
      userCount: enough,
      interval,
      exact: false,
      belowFloor: false,
    });
  });

  it('of 1 hides a number of several segments only when it is less than one user', () => {
    const floor = createFloor(1, WINDOW_DAYS);
    const several = (value: number) =>
      floor.several(
        { value, interval: { low: value, high: 2 }, exact: true },
        { leastRegion: 0, most: 2 },
      );
    const interval = { low: 1, high: 2 };
    expect(several(1)).to.deep.equal({
      userCount: 1,
      interval,
      exact: true,
      belowFloor: false,
    });
    expect(several(0.5)).to.eql({ ...HIDDEN, interval: { low: 0, high: 0 } });
  });

  it('lets many segments be compared up to its limit, over the whole window alone', () => {
    const floor = createFloor(2, WINDOW_DAYS);
    floor.checkSeveral(MAX_SKETCHES, WINDOW_DAYS);
    expect(() => floor.checkSeveral(MAX_SKETCHES + 1, WINDOW_DAYS)).to.throw(/at most/);
    expect(() => floor.checkSeveral(2, WINDOW_DAYS - 1)).to.throw(/must be 14/);
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
          const [first, second] = [one, other].map((count, index) => {
            const interval = { low: 0, high: more };
            const exact = index === more % 2;
            return floor.segment({ count, interval, exact, standardError: more }, asked);
          });
          expect(first).to.deep.equal(second);
        },
      ),
    );
  });
});
