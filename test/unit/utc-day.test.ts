import { expect } from 'chai';
import fc from 'fast-check';
import { firstDayOf, formatUtcDay, utcDay, windowOf } from '../../src/domain/utc-day.js';

describe('A UTC day', () => {
  for (const [time, day] of [
    ['1970-01-01T00:00:00.000Z', 0],
    ['1970-01-01T23:59:59.999Z', 0],
    ['1970-01-02T00:00:00.000Z', 1],
    ['1969-12-31T23:59:59.999Z', -1],
    ['2026-05-23T12:00:00.000Z', 20_596],
  ] as const) {
    it(`of ${time} is ${day} after 1970-01-01`, () => {
      expect(utcDay(Date.parse(time))).to.equal(day);
      expect(formatUtcDay(day)).to.equal(time.slice(0, 10));
    });
  }
});

describe('The days of a window', () => {
  it('are as many as it has, and end with today', () => {
    expect(windowOf(20_596, 3)).to.deep.equal([20_594, 20_595, 20_596]);
    expect(windowOf(20_596, 1)).to.deep.equal([20_596]);
    fc.assert(
      fc.property(fc.nat(40_000), fc.integer({ min: 1, max: 90 }), (today, days) => {
        const window = windowOf(today, days);
        expect(window).to.have.length(days);
        expect([window[0], window.at(-1)]).to.deep.equal([firstDayOf(today, days), today]);
        expect(window).to.deep.equal(window.map((_, index) => today - days + 1 + index));
      }),
    );
  });
});
