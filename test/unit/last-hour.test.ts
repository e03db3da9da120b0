import { expect } from 'chai';
import fc from 'fast-check';
import { MAX_AHEAD_MS } from '../../src/domain/membership.js';
import { DAY_MS, utcDay } from '../../src/domain/utc-day.js';
import { lastHourOf, possibleTodays } from '../../src/es/redis/warming/last-hour.js';
import { restAfter } from '../../src/es/redis/warming/start-warming.js';

const MINUTE_MS = 60_000;
const time = fc.integer({ min: 20_000 * DAY_MS, max: 20_003 * DAY_MS });
const skew = fc.integer({ min: -MAX_AHEAD_MS, max: MAX_AHEAD_MS });

describe('The last hour of a UTC day', () => {
  it('is when every store adds to windows of tomorrow, also by a clock 5 minutes off', () => {
    fc.assert(
      fc.property(time, skew, (now, off) => {
        const hour = lastHourOf(now);
        if (hour !== undefined) expect(possibleTodays(now + off)).to.include(hour.today + 1);
      }),
    );
  });

  it('has a late part, in which stores of former versions add to them too, by a clock a minute off', () => {
    fc.assert(
      fc.property(time, fc.integer({ min: -MINUTE_MS, max: MINUTE_MS }), (now, off) => {
        if (lastHourOf(now)?.isLate) {
          expect(utcDay(now + off + MAX_AHEAD_MS)).to.equal(utcDay(now) + 1);
        }
      }),
    );
  });

  it('adds no window for the rest of the day', () => {
    for (const [clock, days] of [
      ['00:06', [0]],
      ['12:00', [0]],
      ['22:54', [0]],
      ['22:56', [0, 1]],
      ['23:59', [0, 1]],
      ['00:04', [-1, 0]],
    ] as const) {
      const now = Date.parse(`2026-05-23T${clock}:00Z`);
      expect(possibleTodays(now), clock).to.deep.equal(days.map((day) => utcDay(now) + day));
    }
  });

  it('begins at 23:00, is late from 23:56, and what is not confirmed lapses at 23:59', () => {
    const at = (clock: string) => lastHourOf(Date.parse(`2026-05-23T${clock}:00Z`));
    expect([at('00:00'), at('22:59')]).to.deep.equal([undefined, undefined]);
    expect([at('23:00')?.isLate, at('23:55')?.isLate]).to.deep.equal([false, false]);
    expect([at('23:56')?.isLate, at('23:59')?.isLate]).to.deep.equal([true, true]);
    expect((at('23:00')?.lapse ?? 0) * 1_000).to.equal(Date.parse('2026-05-23T23:59:00Z'));
  });

  it('has time to confirm what was merged, however long a round has taken', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60 * MINUTE_MS }), (took) => {
        expect(restAfter(took)).to.be.within(1_000, 10_000);
      }),
    );
  });
});
