import { expect } from 'chai';
import { type EitherRedis, startEitherRedis } from '../support/either-redis.js';
import { type EsSystem, startEsOn, storeUsers } from '../support/es.js';
import { send } from '../support/http.js';
import { startRedisServer } from '../support/redis-server.js';
import { until } from '../support/until.js';

for (const mode of ['single', 'cluster'] as const) {
  describe(`Deleting segments, Redis ${mode}`, () => {
    let redis: EitherRedis;
    let system: EsSystem;
    let base: string;
    let other: string;
    before(async () => {
      redis = await startEitherRedis(mode);
      const config = { redis: redis.settings };
      system = await startEsOn('', [config, config]);
      [base, other = ''] = system.urls;
    });
    after(async () => {
      await system.close();
      await redis.close();
    });

    const keys = async () =>
      (await Promise.all(redis.servers.map(({ client }) => client.keys('*')))).flat();
    const listed = async (url: string, segment: string) =>
      (await send(url, '/segments?limit=1000')).json.segments.some(
        (one: { segment: string }) => one.segment === segment,
      );

    const segment = '{a/b}: день';
    const path = `/segment/${encodeURIComponent(segment)}`;
    const count = async (url: string) => (await send(url, path)).json.user_count;

    it(`leaves nothing of ${segment} but when it was deleted, and later stores start afresh`, async () => {
      for (const daysAgo of [0, 1, 13]) await storeUsers(base, segment, [0, 30], daysAgo);
      await storeUsers(base, 'stays', [0, 2]);
      expect([await count(base), await count(other)]).to.deep.equal([30, 30]);
      await until(async () => (await listed(base, segment)) && (await listed(other, segment)));

      const { status, text } = await send(base, path, { method: 'DELETE' });
      expect([status, text]).to.deep.equal([204, '']);
      expect(await count(base)).to.equal(0);
      expect(await count(other)).to.equal(0);
      expect(await listed(base, segment)).to.equal(false);
      await until(async () => !(await listed(other, segment)));
      expect(await listed(base, 'stays')).to.equal(true);
      const { history } = (await send(base, `${path}/history`)).json;
      expect(history.some((day: { user_count: number }) => day.user_count > 0)).to.equal(false);
      expect(
        (await keys()).filter((key) => key.includes(encodeURIComponent(segment))),
      ).to.deep.equal([`es:{${encodeURIComponent(segment)}}:deleted`]);

      await storeUsers(base, segment, [100, 104], 1);
      expect([await count(base), await count(other)]).to.deep.equal([4, 4]);
      await until(async () => (await listed(base, segment)) && (await listed(other, segment)));
      for (const key of await keys()) {
        const times = await Promise.all(
          redis.servers.map(({ client }) => client.ttl(key).catch(() => -2)),
        );
        expect(Math.max(...times), key).to.be.above(0);
      }
    });

    it(`is done when ${segment} is gone already, over gRPC too`, async () => {
      await storeUsers(base, segment, [0, 5]);
      expect(await system.rpc.call('DeleteSegment', { segment })).to.deep.equal({});
      expect(await count(other)).to.equal(0);
      expect(await system.rpc.call('DeleteSegment', { segment })).to.deep.equal({});
      expect((await send(base, path, { method: 'DELETE' })).status).to.equal(204);
    });
  });
}

describe('A deleted segment and a Redis that comes back', () => {
  it('is not stored again, but what was stored of it later is', async () => {
    const server = await startRedisServer({ appendonly: 'no' });
    const system = await startEsOn(`redis://127.0.0.1:${server.port}`);
    const [base] = system.urls;
    await storeUsers(base, 'gone', [0, 10]);
    await storeUsers(base, 'stays', [0, 10]);
    await send(base, '/segment/gone', { method: 'DELETE' });
    await storeUsers(base, 'renewed', [0, 10]);
    await send(base, '/segment/renewed', { method: 'DELETE' });
    await storeUsers(base, 'renewed', [10, 13]);

    await server.kill();
    await server.start();
    const body = { segments: ['stays', 'gone', 'renewed'] };
    const counts = async () => {
      const { json } = await send(base, '/counts', { body });
      return json.counts?.map((one: { user_count: number }) => one.user_count);
    };
    await until(async () => (await counts())?.[0] === 10 && (await counts())[2] > 0);
    expect(await counts()).to.deep.equal([10, 0, 3]);
    await system.close();
    await server.close();
  });
});
