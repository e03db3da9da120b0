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

describe('Estimates and histories', () => {
  let system: EsSystem & { redis: TestRedis };
  let base: string;
  before(async () => {
    system = await startEsWithRedis();
    base = system.urls[0];
    for (const [segment, users] of SIZES) {
      // Each day some users of the days before come back.
      for (const daysAgo of [13, 9, 3, 0]) {
        const from = Math.floor((users * (13 - daysAgo)) / 26);
        await storeUsers(base, segment, [from, from + Math.ceil(users / 2)], daysAgo);
      }
    }
  });
  after(() => system.close());

  const buckets = (segment: string, days: number, today = utcDay(Date.now())) =>
    windowOf(today, days).map((day) => `es:{${segment}}:${formatUtcDay(day)}`);
  const pfcount = (segment: string, days: number, today?: number) =>
    system.redis.client.pfcount(...buckets(segment, days, today));

  for (const [segment, users] of SIZES) {
    it(`estimate ${users} users as PFCOUNT does, over any days, with an interval`, async () => {
      for (const days of [1, 4, 5, 13, 14]) {
        const { json } = await send(base, `/segment/${segment}/estimate?days=${days}`);
        expect(json.user_count, `${days} days`).to.equal(await pfcount(segment, days));
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

    it(`tell the days of ${users} users as PFCOUNT does, and the windows that ended on them`, async () => {
      const { json } = await send(base, `/segment/${segment}/history`);
      const today = utcDay(Date.now());
      expect([json.segment, json.window_days]).to.deep.equal([segment, 14]);
      expect(json.history).to.have.length(14);
      for (const [index, entry] of json.history.entries()) {
        const day = today - 13 + index;
        expect(entry.day).to.equal(formatUtcDay(day));
        expect(entry.user_count).to.equal(await pfcount(segment, 1, day));
        expect(entry.rolling).to.deep.equal({
          user_count: await pfcount(segment, 14, day),
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
    expect(estimate).to.deep.include({ user_count: 0, interval: { low: 0, high: 0 } });
    const { history } = (await send(base, '/segment/nobody/history')).json;
    expect(new Set(history.map((day: { user_count: number }) => day.user_count))).to.deep.equal(
      new Set([0]),
    );
    expect(await system.redis.client.dbsize()).to.equal(keys);
  });
});
