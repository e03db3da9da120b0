import { expect } from 'chai';
import { formatUtcDay, utcDay } from '../../src/domain/utc-day.js';
import { type EsSystem, startEsOn, storeLines, storeUsers } from '../support/es.js';
import { type Received, send } from '../support/http.js';
import { startRedisCluster } from '../support/redis-cluster.js';
import { type RedisServer, startRedisServer } from '../support/redis-server.js';
import { until } from '../support/until.js';

const SEGMENTS = 5_000;

interface Listed {
  segment: string;
  user_count: number;
  last_active: string;
}

const name = (index: number) => `${['news', 'Sport', 'день{}'][index % 3]}-${index}`;
const usersOf = (index: number) => 1 + (index % 7);
const daysAgoOf = (index: number) => index % 14;

async function storeSegments(base: string): Promise<void> {
  expected = expectedOn(utcDay(Date.now()));
  const lines = Array.from({ length: SEGMENTS }, (_, index) => {
    const occurred_at = new Date(Date.now() - daysAgoOf(index) * 86_400_000).toISOString();
    return Array.from({ length: usersOf(index) }, (_, user) =>
      JSON.stringify({ segment: name(index), user_id: `u${user}`, occurred_at }),
    );
  });
  await storeLines(base, lines.flat());
}

/** Every page of a list. */
async function pagesOf(
  base: string,
  query: string,
): Promise<{ pages: Received['json'][]; all: Listed[] }> {
  const pages: Received['json'][] = [];
  let cursor = '';
  do {
    const next = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const { status, json, text } = await send(base, `/segments?${query}${next}`);
    expect(status, text).to.equal(200);
    pages.push(json);
    cursor = json.next_cursor;
  } while (cursor !== null);
  return { pages, all: pages.flatMap(({ segments }) => segments) };
}

/** What was stored, as it is listed on that day. */
let expected: Listed[] = [];

const expectedOn = (today: number): Listed[] =>
  Array.from({ length: SEGMENTS }, (_, index) => ({
    segment: name(index),
    user_count: usersOf(index),
    last_active: formatUtcDay(today - daysAgoOf(index)),
  }));

const byName = (one: Listed, other: Listed) => (one.segment < other.segment ? -1 : 1);

const ORDERS: [query: string, compare: (one: Listed, other: Listed) => number][] = [
  ['limit=1000', (one, other) => other.user_count - one.user_count || byName(one, other)],
  ['limit=700&order=asc', (one, other) => one.user_count - other.user_count || byName(one, other)],
  ['limit=999&sort=name', byName],
  ['limit=1000&sort=name&order=desc', (one, other) => byName(other, one)],
  [
    'limit=611&sort=last_active',
    (one, other) =>
      one.last_active === other.last_active
        ? byName(one, other)
        : one.last_active > other.last_active
          ? -1
          : 1,
  ],
  [
    'limit=1000&sort=last_active&order=asc',
    (one, other) =>
      one.last_active === other.last_active
        ? byName(one, other)
        : one.last_active < other.last_active
          ? -1
          : 1,
  ],
];

for (const mode of ['single', 'cluster'] as const) {
  describe(`Lists of segments, Redis ${mode}`, function () {
    this.timeout(60_000);
    let servers: RedisServer[];
    let closeRedis: () => Promise<void>;
    let system: EsSystem;
    let base: string;
    let other: string;
    before(async () => {
      let redis: object;
      if (mode === 'single') {
        const server = await startRedisServer();
        [servers, closeRedis] = [[server], () => server.close()];
        redis = { mode, url: `redis://127.0.0.1:${server.port}` };
      } else {
        const cluster = await startRedisCluster(3, 0);
        [servers, closeRedis] = [cluster.primaries, () => cluster.close()];
        redis = { mode, url: cluster.url };
      }
      system = await startEsOn('', [{ redis }, { redis }]);
      [base, other = ''] = system.urls;
      await storeSegments(base);
    });
    after(async () => {
      await system.close();
      await closeRedis();
    });

    for (const [query, compare] of ORDERS) {
      it(`come whole and in order, ${query}`, async () => {
        const { pages, all } = await pagesOf(base, query);
        expect(all).to.deep.equal([...expected].sort(compare));
        expect(new Set(pages.map(({ total }) => total))).to.deep.equal(new Set([SEGMENTS]));
        expect(pages).to.have.length(Math.ceil(SEGMENTS / Number(/limit=(\d+)/.exec(query)?.[1])));
      });
    }

    for (const [query, matches] of [
      ['prefix=news-1', (segment: string) => segment.startsWith('news-1')],
      ['prefix=Sport-', (segment: string) => segment.startsWith('Sport-')],
      ['prefix=sport-', () => false],
      ['search=SPORT-4', (segment: string) => segment.includes('Sport-4')],
      [
        `search=${encodeURIComponent('ДЕНЬ{}-7')}&sort=name`,
        (segment: string) => segment.startsWith('день{}-7'),
      ],
      [
        'prefix=news&search=99',
        (segment: string) => segment.startsWith('news') && segment.includes('99'),
      ],
    ] as const) {
      it(`can be narrowed by ${decodeURIComponent(query)}`, async () => {
        const { pages, all } = await pagesOf(base, `${query}&limit=50`);
        const names = expected.map(({ segment }) => segment).filter(matches);
        expect(all.map(({ segment }) => segment)).to.have.members(names);
        expect(all).to.have.length(names.length);
        expect(pages[0].total).to.equal(names.length);
      });
    }

    it('go on after their cursor whatever came or went in between, at any ES', async () => {
      const query = 'sort=name&prefix=news-1&limit=10';
      const first = (await send(base, `/segments?${query}`)).json;
      const last = first.segments.at(-1).segment;
      await send(base, `/segment/${last}`, { method: 'DELETE' });
      const next = (await send(other, `/segments?${query}&cursor=${first.next_cursor}`)).json;
      const again = (await send(base, `/segments?${query}&cursor=${first.next_cursor}`)).json;
      const names = expected
        .map(({ segment }) => segment)
        .filter((one) => one.startsWith('news-1'));
      const following = names.sort().slice(10, 20);
      for (const page of [next, again]) {
        expect(page.segments.map(({ segment }: Listed) => segment)).to.deep.equal(following);
      }
      const index = Number(last.split('-')[1]);
      await storeUsers(base, last, [0, usersOf(index)], daysAgoOf(index));
    });

    it('tell weeks and days when asked', async () => {
      for (const [daysAgo, users] of [
        [0, 3],
        [6, 5],
        [7, 2],
        [13, 4],
      ] as const) {
        await storeUsers(base, 'detailed', [0, users], daysAgo);
      }
      const query = '/segments?details=true&search=detailed&sort=name';
      await until(async () => (await send(base, query)).json.total === 1);
      const { json } = await send(base, query);
      const days = new Array(14).fill(0);
      Object.assign(days, { 0: 4, 6: 2, 7: 5, 13: 3 });
      expect(json.segments).to.deep.equal([
        {
          ...{ segment: 'detailed', user_count: 5, last_active: formatUtcDay(utcDay(Date.now())) },
          ...{ week: { now: 5, before: 4 }, days },
        },
      ]);
      const page = await system.rpc.call('ListSegments', { details: true, prefix: 'detailed' });
      expect(page.segments).to.deep.equal(json.segments);
      expect(page.total).to.equal(1);
      await send(base, '/segment/detailed', { method: 'DELETE' });
    });

    it('come page by page over gRPC as well', async () => {
      const seen: string[] = [];
      let cursor = '';
      do {
        const request = { prefix: 'Sport', sort: 'SEGMENT_SORT_NAME', limit: 600, cursor };
        const page = await system.rpc.call('ListSegments', request);
        seen.push(...page.segments.map(({ segment }: Listed) => segment));
        cursor = page.next_cursor;
      } while (cursor);
      const names = expected.map(({ segment }) => segment).filter((one) => one.startsWith('Sport'));
      expect(seen).to.deep.equal(names.sort());
    });

    it('follow what is stored, and tell its count at once', async () => {
      await storeUsers(base, 'risen', [0, 3]);
      const query = '/segments?sort=count&limit=1';
      await storeUsers(base, 'risen', [0, 50]);
      await until(async () => (await send(base, query)).json.segments[0].segment === 'risen');
      await storeUsers(base, 'risen', [50, 60]);
      const { json } = await send(base, query);
      expect(json.segments[0]).to.include({ segment: 'risen', user_count: 60 });
      await send(base, '/segment/risen', { method: 'DELETE' });
    });

    it('make no windows but for the pages that were asked for', async () => {
      const windows = async () => {
        const keys = await Promise.all(servers.map(({ client }) => client.keys('*window*')));
        return keys.flat().length;
      };
      await Promise.all(
        servers.map(async ({ client }) => {
          for (const key of await client.keys('*window*')) await client.del(key);
        }),
      );
      await send(base, '/segments?limit=5&search=5');
      expect(await windows()).to.equal(5);
    });
  });

  describe(`Deleting segments, Redis ${mode}`, function () {
    this.timeout(60_000);
    let servers: RedisServer[];
    let closeRedis: () => Promise<void>;
    let system: EsSystem;
    let base: string;
    let other: string;
    before(async () => {
      const cluster = mode === 'cluster' ? await startRedisCluster(3, 0) : undefined;
      const server = cluster === undefined ? await startRedisServer() : undefined;
      servers = cluster?.primaries ?? [server as RedisServer];
      closeRedis = () => (cluster ?? (server as RedisServer)).close();
      const url = cluster?.url ?? `redis://127.0.0.1:${server?.port}`;
      system = await startEsOn('', [{ redis: { mode, url } }, { redis: { mode, url } }]);
      [base, other = ''] = system.urls;
    });
    after(async () => {
      await system.close();
      await closeRedis();
    });

    const keys = async () =>
      (await Promise.all(servers.map(({ client }) => client.keys('*')))).flat();
    const listed = async (url: string, segment: string) =>
      (await send(url, '/segments?limit=1000')).json.segments.some(
        (one: Listed) => one.segment === segment,
      );

    for (const segment of ['{a/b}: день']) {
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
            servers.map(({ client }) => client.ttl(key).catch(() => -2)),
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
    }
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
