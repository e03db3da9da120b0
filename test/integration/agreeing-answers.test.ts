import { expect } from 'chai';
import fc from 'fast-check';
import { type EsSystem, startEsWithRedis, storeUsers } from '../support/es.js';
import { countOf, send } from '../support/http.js';
import type { TestRedis } from '../support/system.js';

/** Up to this size counts are exact. */
const SAMPLE_SIZE = 1_024;

/** Users of a segment, from one up to another, and how many days ago they were seen. */
interface Seen {
  segment: 'a' | 'b';
  range: [from: number, to: number];
  daysAgo: number;
}

const seen: fc.Arbitrary<Seen> = fc.record({
  segment: fc.constantFrom('a', 'b'),
  range: fc
    .tuple(fc.nat(1_500), fc.oneof(fc.nat(30), fc.nat(1_200)))
    .map(([from, users]): [number, number] => [from, from + users + 1]),
  daysAgo: fc.oneof(fc.constant(0), fc.nat(13)),
});

describe('Answers of all routes', () => {
  let system: EsSystem & { redis: TestRedis };
  let base: string;
  before(async () => {
    system = await startEsWithRedis();
    base = system.urls[0];
  });
  after(() => system.close());

  const ask = async (path: string, body?: object) => (await send(base, path, { body })).json;

  /** Everything that says how many users a segment has in so many days. */
  async function sizesOf(segment: string, days: number): Promise<object[]> {
    const other = segment === 'a' ? 'b' : 'a';
    const [estimate, expression, overlap, { history }] = await Promise.all([
      ask(`/segment/${segment}/estimate?days=${days}`),
      ask('/estimate', { all: [segment], days }),
      ask('/overlap', { segments: [segment, other], days }),
      ask(`/segment/${segment}/history`),
    ]);
    const { rolling, ...day } = history.at(-1);
    const sizes = [estimate, expression, overlap.segments[0]];
    return [...sizes, ...(days === 14 ? [rolling] : []), ...(days === 1 ? [day] : [])].map(
      ({ user_count, exact }) => ({ user_count, exact }),
    );
  }

  it('agree, and are the number itself of few users', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(seen, { maxLength: 6 }), async (all) => {
        for (const segment of ['a', 'b']) {
          await send(base, `/segment/${segment}`, { method: 'DELETE' });
        }
        for (const { segment, range, daysAgo } of all) {
          await storeUsers(base, segment, range, daysAgo);
        }
        for (const segment of ['a', 'b']) {
          for (const days of [1, 5, 14]) {
            const users = new Set(
              all
                .filter((one) => one.segment === segment && one.daysAgo < days)
                .flatMap(({ range: [from, to] }) =>
                  Array.from({ length: to - from }, (_, at) => from + at),
                ),
            );
            const user_count = await countOf(base, segment, `?days=${days}`);
            const exact = users.size <= SAMPLE_SIZE;
            if (exact) expect(user_count, `${days} days`).to.equal(users.size);
            for (const size of await sizesOf(segment, days)) {
              expect(size, `${days} days`).to.deep.equal({ user_count, exact });
            }
          }
        }
      }),
      { numRuns: 12 },
    );
  });

  it('say of nobody that it is certain', async () => {
    await storeUsers(base, 'a', [0, 5_000]);
    for (const expression of [
      { all: ['a'], none: ['a'] },
      { any: ['a', 'b'], none: ['b', 'a'] },
      { all: ['nobody'], none: ['a'] },
      { all: ['a', 'nobody'] },
    ]) {
      expect(await ask('/estimate', expression), JSON.stringify(expression)).to.deep.include({
        user_count: 0,
        interval: { low: 0, high: 0 },
        exact: true,
        reliable: true,
      });
    }
  });

  it('are the same for expressions that mean the same', async () => {
    await storeUsers(base, 'a', [0, 5_000]);
    await storeUsers(base, 'b', [4_000, 7_000]);
    for (const [one, other] of [
      [{ all: ['a', 'a'] }, { any: ['a'] }],
      [{ all: ['a'], any: ['b', 'a'] }, { all: ['a'] }],
      [
        { any: ['a', 'b'], none: ['b'] },
        { all: ['a'], none: ['b'] },
      ],
      [{ any: ['a', 'b', 'a'] }, { any: ['b', 'a'] }],
    ] as const) {
      const [first, second] = [await ask('/estimate', one), await ask('/estimate', other)];
      expect(first.user_count, JSON.stringify(one)).to.equal(second.user_count);
      expect(first.interval).to.deep.equal(second.interval);
    }
  });
});
