import { expect } from 'chai';
import { type EitherRedis, startEitherRedis } from '../support/either-redis.js';
import { type EsSystem, startEsOn, storeUsers } from '../support/es.js';
import { send } from '../support/http.js';
import { holds } from '../support/sketches.js';

interface Similar {
  segment: string;
  jaccard: { value: number; interval: { low: number; high: number }; exact: boolean };
  shared: { user_count: number; interval: { low: number; high: number }; exact: boolean };
}

/** The users of each segment, from one up to another, and how many days ago they were seen. */
const STORED: [segment: string, range: [from: number, to: number], daysAgo: number][] = [
  ['large', [0, 20_000], 0],
  ['half', [10_000, 30_000], 3],
  ['twice', [0, 40_000], 1],
  ['apart', [50_000, 70_000], 0],
  ['small', [0, 100], 0],
  ['less', [0, 50], 5],
  ['less', [50, 80], 2],
  ['few', [90, 100], 13],
];

for (const mode of ['single', 'cluster'] as const) {
  describe(`Similar segments, Redis ${mode}`, () => {
    let redis: EitherRedis;
    let system: EsSystem;
    before(async () => {
      redis = await startEitherRedis(mode);
      system = await startEsOn('', [{ redis: redis.settings }]);
      for (const [segment, range, daysAgo] of STORED) {
        await storeUsers(system.urls[0], segment, range, daysAgo);
      }
    });
    after(async () => {
      await system.close();
      await redis.close();
    });

    const similarTo = async (segment: string, query = '') =>
      (await send(system.urls[0], `/segment/${segment}/similar${query}`)).json;

    it('are exact for few users', async () => {
      const { similar, compared, total, complete, window } = await similarTo('small');
      const [less, few] = similar as [Similar, Similar];
      expect([less.segment, few.segment]).to.deep.equal(['less', 'few']);
      for (const [{ jaccard, shared }, value, user_count] of [
        [less, 0.8, 80],
        [few, 0.1, 10],
      ] as const) {
        expect(jaccard).to.deep.equal({
          value,
          interval: { low: value, high: value },
          exact: true,
        });
        const interval = { low: user_count, high: user_count };
        expect(shared).to.deep.equal({ user_count, interval, exact: true });
      }
      expect({ compared, total, complete }).to.deep.equal({
        compared: 6,
        total: 6,
        complete: true,
      });
      expect(window.days).to.equal(14);
    });

    it('are estimated for many users', async () => {
      const { similar, complete } = await similarTo('large');
      const [twice, half] = similar as [Similar, Similar];
      expect([twice.segment, half.segment]).to.deep.equal(['twice', 'half']);
      for (const [{ jaccard, shared }, value, users] of [
        [twice, 1 / 2, 20_000],
        [half, 1 / 3, 10_000],
      ] as const) {
        expect([jaccard.exact, shared.exact, complete]).to.deep.equal([false, false, true]);
        expect(holds(jaccard.interval, jaccard.value)).to.equal(true);
        expect(holds(shared.interval, shared.user_count)).to.equal(true);
        expect(jaccard.value).to.be.closeTo(value, 0.1);
        expect(shared.user_count).to.be.closeTo(users, 0.2 * users);
      }
    });

    it('are as many as asked for', async () => {
      const { similar } = await similarTo('small', '?limit=1');
      expect(similar.map(({ segment }: Similar) => segment)).to.deep.equal(['less']);
    });

    it('are none of a segment that is not known', async () => {
      const { similar, compared, complete } = await similarTo('nobody');
      expect({ similar, compared, complete }).to.deep.equal({
        similar: [],
        compared: 0,
        complete: true,
      });
    });

    it('are the same over gRPC', async () => {
      const json = await similarTo('small', '?limit=1');
      const answer = await system.rpc.call('Similar', { segment: 'small', limit: 1 });
      const [{ shared, ...one }] = json.similar;
      expect(answer.similar).to.deep.equal([{ ...one, shared: { ...shared, below_floor: false } }]);
      const { segment, window, compared, complete } = json;
      expect(answer).to.deep.include({ segment, window, compared, complete });
    });
  });
}
