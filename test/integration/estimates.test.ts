import { expect } from 'chai';
import { formatUtcDay, utcDay, windowOf } from '../../src/domain/utc-day.js';
import { type EsSystem, startEsWithRedis, storeUsers } from '../support/es.js';
import { countOf, send } from '../support/http.js';
import { holds } from '../support/sketches.js';
import type { TestRedis } from '../support/system.js';

/** Sizes from a few users to sketches that are dense. */
const SIZES: [segment: string, users: number][] = [
  ['few', 7],
  ['some', 900],
  ['many', 30_000],
];

/** How many days ago users were seen. */
const SEEN = [13, 9, 3, 0];

/** Up to this size counts are exact. */
const SAMPLE_SIZE = 1_024;

const rangeOf = (users: number, daysAgo: number): [from: number, to: number] => {
  const from = Math.floor((users * (13 - daysAgo)) / 26);
  return [from, from + Math.ceil(users / 2)];
};

/** How many users were seen on days from a day on up to another. */
function usersOf(users: number, first: number, last: number): number {
  const ranges = SEEN.filter((ago) => ago <= first && ago >= last).map((ago) =>
    rangeOf(users, ago),
  );
  let end = 0;
  return ranges.reduce((sum, [from, to]) => {
    const added = Math.max(0, to - Math.max(from, end));
    end = Math.max(end, to);
    return sum + added;
  }, 0);
}

describe('Estimates and histories', () => {
  let system: EsSystem & { redis: TestRedis };
  let base: string;
  before(async () => {
    system = await startEsWithRedis();
    base = system.urls[0];
    for (const [segment, users] of SIZES) {
      // Each day some users of the days before come back.
      for (const daysAgo of SEEN) await storeUsers(base, segment, rangeOf(users, daysAgo), daysAgo);
    }
  });
  after(() => system.close());

  const buckets = (segment: string, days: number, today = utcDay(Date.now())) =>
    windowOf(today, days).map((day) => `es:{${segment}}:${formatUtcDay(day)}`);
  const pfcount = (segment: string, days: number, today?: number) =>
    system.redis.client.pfcount(...buckets(segment, days, today));

  /** The number itself of up to so many users, otherwise PFCOUNT; the days end some days ago. */
  const countedOf = async ([segment, users]: (typeof SIZES)[0], days: number, ago = 0) => {
    const user_count = usersOf(users, ago + days - 1, ago);
    return user_count <= SAMPLE_SIZE
      ? { user_count, exact: true }
      : { user_count: await pfcount(segment, days, utcDay(Date.now()) - ago), exact: false };
  };

  for (const size of SIZES) {
    const [segment, users] = size;
    it(`estimate ${users} users exactly or as PFCOUNT does, over any days, with an interval`, async () => {
      for (const days of [1, 4, 5, 13, 14]) {
        const { json } = await send(base, `/segment/${segment}/estimate?days=${days}`);
        const counted = await countedOf(size, days);
        expect(json, `${days} days`).to.deep.include(counted);
        const { low, high } = json.interval;
        if (counted.exact) {
          expect([low, high, json.standard_error]).to.deep.equal([low, low, 0]);
        } else expect(high).to.be.above(low);
        expect(json.user_count).to.equal(await countOf(base, segment, `?days=${days}`));
        expect(json.window).to.deep.equal({
          days,
          from: formatUtcDay(utcDay(Date.now()) - days + 1),
          to: formatUtcDay(utcDay(Date.now())),
        });
        expect(holds(json.interval, json.user_count)).to.equal(true);
        expect(json.standard_error).to.be.within(0, 0.0082 * json.user_count);
        expect(json).not.to.have.property('below_floor');
        expect(Date.parse(json.as_of)).to.be.closeTo(Date.now(), 10_000);
      }
    });

    it(`tell the days of ${users} users exactly or as PFCOUNT does, and the windows that ended on them`, async () => {
      const { json } = await send(base, `/segment/${segment}/history`);
      const today = utcDay(Date.now());
      expect([json.segment, json.window_days]).to.deep.equal([segment, 14]);
      expect(json.history).to.have.length(14);
      for (const [index, entry] of json.history.entries()) {
        const day = today - 13 + index;
        expect(entry.day).to.equal(formatUtcDay(day));
        expect(entry).to.deep.include(await countedOf(size, 1, today - day));
        expect(entry.rolling).to.deep.equal({
          ...(await countedOf(size, index + 1, today - day)),
          days: index + 1,
        });
      }
      const last = await send(base, `/segment/${segment}/history?days=3`);
      expect(last.json.history).to.deep.equal(json.history.slice(-3));
    });

    it(`say the same of ${users} users over gRPC`, async () => {
      const { json } = await send(base, `/segment/${segment}/estimate?days=4`);
      const estimate = await system.rpc.call('Estimate', { segment, days: 4 });
      expect(estimate).to.deep.include({
        segment,
        user_count: json.user_count,
        interval: json.interval,
        exact: json.exact,
        standard_error: json.standard_error,
        window: json.window,
        below_floor: false,
      });
      expect(estimate.as_of.seconds).to.be.closeTo(Date.now() / 1_000, 10);
      const history = await system.rpc.call('History', { segment });
      expect(history).to.deep.equal((await send(base, `/segment/${segment}/history`)).json);
    });
  }

  it('are of nobody where there is nobody, and leave nothing behind', async () => {
    const keys = await system.redis.client.dbsize();
    const estimate = (await send(base, '/segment/nobody/estimate')).json;
    expect(estimate).to.deep.include({ user_count: 0, interval: { low: 0, high: 0 }, exact: true });
    const { history } = (await send(base, '/segment/nobody/history')).json;
    expect(new Set(history.map((day: { user_count: number }) => day.user_count))).to.deep.equal(
      new Set([0]),
    );
    expect(await system.redis.client.dbsize()).to.equal(keys);
  });
});
