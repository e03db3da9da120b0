import { expect } from 'chai';
import { formatUtcDay, utcDay } from '../../src/domain/utc-day.js';
import { type EitherRedis, startEitherRedis } from '../support/either-redis.js';
import { type EsSystem, startEsOn, storeUsers } from '../support/es.js';
import { send } from '../support/http.js';
import {
  daysAgoOf,
  type Listed,
  ORDERS,
  pagesOf,
  SEGMENTS,
  storeSegments,
  usersOf,
} from '../support/listed-segments.js';
import { until } from '../support/until.js';

for (const mode of ['single', 'cluster'] as const) {
  describe(`Lists of segments, Redis ${mode}`, () => {
    let redis: EitherRedis;
    let system: EsSystem;
    let base: string;
    let other: string;
    let expected: Listed[];
    before(async () => {
      redis = await startEitherRedis(mode);
      const config = { redis: redis.settings };
      system = await startEsOn('', [config, config]);
      [base, other = ''] = system.urls;
      expected = await storeSegments(base);
    });
    after(async () => {
      await system.close();
      await redis.close();
    });

    for (const [query, compare] of ORDERS) {
      it(`come whole and in order, ${query}`, async () => {
        const { pages, segments } = await pagesOf(base, query);
        expect(segments).to.deep.equal([...expected].sort(compare));
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
        const { pages, segments } = await pagesOf(base, `${query}&limit=50`);
        const names = expected.map(({ segment }) => segment).filter(matches);
        expect(segments.map(({ segment }) => segment)).to.have.members(names);
        expect(segments).to.have.length(names.length);
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
          segment: 'detailed',
          user_count: 5,
          exact: true,
          last_active: formatUtcDay(utcDay(Date.now())),
          week: { now: 5, before: 4 },
          days,
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
        const keys = await Promise.all(redis.servers.map(({ client }) => client.keys('*window*')));
        return keys.flat().filter((key) => !key.endsWith(':sample')).length;
      };
      await Promise.all(
        redis.servers.map(async ({ client }) => {
          for (const key of await client.keys('*window*')) await client.del(key);
        }),
      );
      await send(base, '/segments?limit=5&search=5');
      expect(await windows()).to.equal(5);
    });
  });
}
