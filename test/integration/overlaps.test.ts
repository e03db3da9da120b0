import { expect } from 'chai';
import { type EitherRedis, startEitherRedis } from '../support/either-redis.js';
import { type EsSystem, startEsOn, storeUsers } from '../support/es.js';
import { countOf, send } from '../support/http.js';

for (const mode of ['single', 'cluster'] as const) {
  describe(`Overlaps and expressions, Redis ${mode}`, () => {
    let redis: EitherRedis;
    let system: EsSystem;
    let base: string;
    before(async () => {
      redis = await startEitherRedis(mode);
      system = await startEsOn('', [{ redis: redis.settings }]);
      base = system.urls[0];
      await storeUsers(base, 'a', [0, 10_000], 6);
      await storeUsers(base, 'a', [10_000, 20_000]);
      await storeUsers(base, 'b', [12_000, 42_000], 1);
      await storeUsers(base, 'c', [14_000, 20_000]);
      await storeUsers(base, 'few', [19_990, 20_010]);
    });
    after(async () => {
      await system.close();
      await redis.close();
    });

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
      const pairs = json.pairs.map((pair: { segments: string[] }) => pair.segments.join());
      expect(pairs).to.deep.equal(['a,b', 'a,c', 'b,c']);
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
