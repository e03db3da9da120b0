import { expect } from 'chai';
import { type EsSystem, startEsOn, storeLines } from '../support/es.js';
import { send } from '../support/http.js';
import { startRedisCluster } from '../support/redis-cluster.js';
import { startRedis } from '../support/system.js';

const line = (segment: string) => JSON.stringify({ segment, user_id: 'u' });
const namesFrom = (from: number, many: number) =>
  Array.from({ length: many }, (_, index) => `fresh-${from + index}`);

for (const mode of ['single', 'cluster'] as const) {
  describe(`Lists of what was just stored, Redis ${mode}`, () => {
    let system: EsSystem;
    let base: string;
    let closeRedis: () => Promise<void>;
    before(async () => {
      const cluster = mode === 'cluster' ? await startRedisCluster(3, 0) : undefined;
      const single = cluster === undefined ? await startRedis() : undefined;
      closeRedis = () => (cluster ?? single)?.close() as Promise<void>;
      system = await startEsOn('', [{ redis: { mode, url: cluster?.url ?? single?.url } }]);
      [base] = system.urls;
    });
    after(async () => {
      await system.close();
      await closeRedis();
    });

    const list = async (query = '') => (await send(base, `/segments?${query}`)).json;
    const totalOf = async (query = '') => (await list(query)).total;
    const namesOf = async (query: string) =>
      (await list(query)).segments.map(({ segment }: { segment: string }) => segment);

    // Each begins where the one before ended, while the index is as it may be: read, being read, or old.
    for (const [stored, many] of [
      [0, 1],
      [1, 2],
      [3, 700],
      [703, 25_000],
      [25_703, 1],
      [25_704, 3_000],
    ] as const) {
      it(`have ${many} more than ${stored} at once, in all their forms`, async () => {
        const names = namesFrom(stored, many);
        expect(await totalOf()).to.equal(stored);
        await storeLines(base, names.map(line));
        expect(await totalOf()).to.equal(stored + many);
        const last = names.at(-1) as string;
        expect(await namesOf(`search=${last.toUpperCase()}`)).to.include(last);
        expect(await namesOf(`prefix=${last}&sort=name`)).to.include(last);
        expect(await namesOf(`prefix=${last}&sort=last_active&order=asc`)).to.include(last);
        const { segments } = await system.rpc.call('ListSegments', { prefix: last });
        expect(segments[0]).to.include({ segment: last, user_count: 1 });
      });
    }

    it('have one at once that is stored by one request, however often', async () => {
      for (let index = 0; index < 30; index += 1) {
        const body = { segment: `one-${index}`, user_id: 'u' };
        expect((await send(base, '/segment', { body })).status).to.equal(202);
        expect(await totalOf('prefix=one-')).to.equal(index + 1);
      }
    });

    it('lack at once what was deleted, and have it again when it is stored again', async () => {
      for (let index = 0; index < 30; index += 1) {
        const path = `/segment/one-${index}`;
        expect((await send(base, path, { method: 'DELETE' })).status).to.equal(204);
        expect(await totalOf('prefix=one-')).to.equal(29);
        await storeLines(base, [line(`one-${index}`)]);
        expect(await totalOf('prefix=one-')).to.equal(30);
      }
    });

    it('have exactly what was stored last where it is deleted at the same time', async () => {
      for (let index = 0; index < 40; index += 1) {
        const path = `/segment/at-once-${index % 4}`;
        const store = (user_id: string) =>
          send(base, '/segment', { body: { segment: path.slice(9), user_id } });
        await store(`u${index}`);
        await Promise.all([send(base, path, { method: 'DELETE' }), store('v'), store('w')]);
        const isCounted = (await send(base, path)).json.user_count > 0;
        expect(await totalOf(`prefix=${path.slice(9)}`)).to.equal(isCounted ? 1 : 0);
      }
    });
  });
}

describe('Lists of what another ES has stored', () => {
  it('do not say that there is nothing once there is something', async () => {
    const redis = await startRedis();
    const system = await startEsOn(redis.url, [{}, {}]);
    const [first, other = ''] = system.urls;
    try {
      for (const base of [first, other]) {
        expect((await send(base, '/segments')).json.total).to.equal(0);
      }
      await storeLines(first, namesFrom(0, 5_000).map(line));
      expect((await send(other, '/segments')).json.total).to.equal(5_000);
    } finally {
      await system.close();
      await redis.close();
    }
  });
});
