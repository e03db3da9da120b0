import { expect } from 'chai';
import { formatUtcDay, utcDay, windowOf } from '../../src/domain/utc-day.js';
import { type EsSystem, startEsOn, startEsWithRedis, storeUsers } from '../support/es.js';
import { countOf, send } from '../support/http.js';
import { startRedisCluster } from '../support/redis-cluster.js';
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
  before(async function () {
    this.timeout(60_000);
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
        ...{ segment, user_count: json.user_count, interval: json.interval },
        ...{ standard_error: json.standard_error, window: json.window, below_floor: false },
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

for (const mode of ['single', 'cluster'] as const) {
  describe(`Overlaps and expressions, Redis ${mode}`, function () {
    this.timeout(60_000);
    let system: EsSystem;
    let base: string;
    before(async () => {
      if (mode === 'single') system = await startEsWithRedis();
      else {
        const cluster = await startRedisCluster(3, 0);
        const es = await startEsOn('', [{ redis: { mode, url: cluster.url } }]);
        system = {
          ...es,
          async close() {
            await es.close();
            await cluster.close();
          },
        };
      }
      base = system.urls[0];
      await storeUsers(base, 'a', [0, 10_000], 6);
      await storeUsers(base, 'a', [10_000, 20_000]);
      await storeUsers(base, 'b', [12_000, 42_000], 1);
      await storeUsers(base, 'c', [14_000, 20_000]);
      await storeUsers(base, 'few', [19_990, 20_010]);
    });
    after(() => system.close());

    /** Half as wide again: one interval of 95 % may miss. */
    const expectNear = (
      { user_count, interval }: { user_count: number; interval: { low: number; high: number } },
      truth: number,
    ) => {
      const slack = (interval.high - interval.low) / 2 + 1;
      expect(user_count).to.be.within(interval.low, interval.high);
      expect(truth).to.be.within(interval.low - slack, interval.high + slack);
    };

    it('of two segments', async () => {
      const { json } = await send(base, '/overlap', { body: { segments: ['a', 'b'] } });
      const [pair] = json.pairs;
      expect(pair.segments).to.deep.equal(['a', 'b']);
      expectNear(pair.union, 42_000);
      expectNear(pair.intersection, 8_000);
      expectNear(pair.only_first, 12_000);
      expectNear(pair.only_second, 22_000);
      expect(pair.jaccard.value).to.be.closeTo(8 / 42, 0.02);
      expect([json.union, json.intersection]).to.deep.equal([pair.union, pair.intersection]);
      expect(json.intersection.reliable).to.equal(true);
      for (const [index, segment] of ['a', 'b'].entries()) {
        expect(json.segments[index].segment).to.equal(segment);
        expect(json.segments[index].user_count).to.equal(await countOf(base, segment));
      }
    });

    it('of two segments over some of the days', async () => {
      const body = { segments: ['a', 'b'], days: 3 };
      const { json } = await send(base, '/overlap', { body });
      expectNear(json.pairs[0].only_first, 2_000);
      expectNear(json.union, 32_000);
      expect(json.window.days).to.equal(3);
    });

    it('of three, each two and all, the same over gRPC', async () => {
      const segments = ['a', 'b', 'c'];
      const { json } = await send(base, '/overlap', { body: { segments } });
      expectNear(json.intersection, 6_000);
      expectNear(json.union, 42_000);
      expect(json.pairs.map((pair: { segments: string[] }) => pair.segments.join())).to.deep.equal([
        ...['a,b', 'a,c', 'b,c'],
      ]);
      expectNear(json.pairs[1].intersection, 6_000);
      const answer = await system.rpc.call('Overlap', { segments });
      expect(answer.window).to.deep.equal(json.window);
      for (const [index, pair] of answer.pairs.entries()) {
        expect(pair).to.deep.include({ jaccard: json.pairs[index].jaccard });
        expect(pair.intersection).to.deep.equal({
          ...json.pairs[index].intersection,
          below_floor: false,
        });
      }
    });

    it('of six, while counts go on', async () => {
      const body = { segments: ['a', 'b', 'c', 'few', 'none', 'nobody'] };
      let done = false;
      const overlap = send(base, '/overlap', { body }).finally(() => {
        done = true;
      });
      let counted = 0;
      while (!done) {
        await countOf(base, 'a');
        counted += 1;
      }
      const { status, json } = await overlap;
      expect([status, json.pairs.length, json.intersection.user_count]).to.deep.equal([200, 15, 0]);
      expect(counted).to.be.above(3);
    });

    for (const [expression, truth] of [
      [{ all: ['a'] }, 20_000],
      [{ any: ['a', 'b'] }, 42_000],
      [{ all: ['a', 'b'] }, 8_000],
      [{ all: ['a'], none: ['b'] }, 12_000],
      [{ any: ['a', 'b'], none: ['c'] }, 36_000],
      [{ all: ['a', 'b'], any: ['c', 'few'], none: ['nobody'] }, 6_000],
      [{ all: ['b'], any: ['a'], none: ['c'], days: 3 }, 2_000],
      [{ all: ['a', 'nobody'] }, 0],
    ] as const) {
      it(`of ${JSON.stringify(expression)}`, async () => {
        const { json } = await send(base, '/estimate', { body: expression });
        expectNear(json, truth);
        expect(json.window.days).to.equal('days' in expression ? expression.days : 14);
        const answer = await system.rpc.call('EstimateExpression', expression);
        const { user_count, interval, reliable } = json;
        expect(answer).to.deep.include({ user_count, interval, reliable, below_floor: false });
      });
    }
  });
}
