import { expect } from 'chai';
import fc from 'fast-check';
import { createFloor } from '../../src/es/queries/floor.js';
import type { SegmentIndex } from '../../src/es/queries/list/segment-index.js';
import type { QueryContext } from '../../src/es/queries/query-context.js';
import { MAX_COMPARED, similarSegments } from '../../src/es/queries/similar.js';
import { exactSample, NO_SAMPLE } from '../../src/es/sketch/sample.js';

const WINDOW_DAYS = 14;
const OWN = 'own';

type Users = ReadonlySet<number>;

/** What the question asks of a store that has these segments; each read is noted. */
function storeOf(segments: ReadonlyMap<string, Users>, sampled = true, gone = '') {
  const sizeOf = (name: string) => segments.get(name)?.size ?? 0;
  const read: string[] = [];
  const context = {
    windowDays: WINDOW_DAYS,
    now: () => 0,
    floor: createFloor(0, WINDOW_DAYS),
    reader: {
      ofWindows: async (names: string[]) =>
        names.map((name) => ({ users: name === gone ? 0 : sizeOf(name), exact: true })),
      sample: async (name: string) => {
        read.push(name);
        const users = [...(segments.get(name) ?? [])].map((user) => (user + 1) * 2 ** 44);
        return sampled ? exactSample([Float64Array.from(users).sort()]) : NO_SAMPLE;
      },
    },
  } as unknown as QueryContext;
  const index: Pick<SegmentIndex, 'page'> = {
    async page({ order, limit }, after) {
      const sign = order === 'asc' ? 1 : -1;
      const byName = (one: string, other: string) => Number(one > other) - Number(one < other);
      const places = [...segments.keys()]
        .map((name) => ({ name, number: sizeOf(name) }))
        .sort((one, other) => sign * (one.number - other.number) || byName(one.name, other.name));
      const { number, name } = after ?? { number: -sign * Number.POSITIVE_INFINITY, name: '' };
      const left = places.filter(
        (place) => (sign * (place.number - number) || byName(place.name, name)) > 0,
      );
      const page = left.slice(0, limit);
      return {
        names: page.map((place) => place.name),
        lastDays: [],
        total: places.length,
        next: left.length > limit ? page.at(-1) : undefined,
      };
    },
  };
  return { context, index: index as SegmentIndex, read };
}

const jaccardOf = (one: Users, other: Users) => {
  const both = [...one].filter((user) => other.has(user)).length;
  return both / Math.max(1, one.size + other.size - both);
};

describe('Similar segments', () => {
  it('are those that a comparison with each segment finds', async () => {
    const users = fc.uniqueArray(fc.nat(40), { minLength: 1 }).map((some): Users => new Set(some));
    await fc.assert(
      fc.asyncProperty(
        fc.array(users, { maxLength: 40 }),
        users,
        fc.integer({ min: 1, max: 5 }),
        async (others, own, limit) => {
          const segments = new Map(others.map((some, at): [string, Users] => [`s${at}`, some]));
          segments.set(OWN, own);
          const { context, index, read } = storeOf(segments);
          const answer = await similarSegments(context, index, OWN, limit);
          const expected = others
            .map((other) => jaccardOf(own, other))
            .filter((value) => value > 0)
            .sort((one, other) => other - one)
            .slice(0, limit);
          expect(answer.similar.map(({ jaccard }) => jaccard.value)).to.deep.equal(expected);
          for (const { segment, jaccard, shared } of answer.similar) {
            const other = segments.get(segment) as Users;
            expect(jaccard.value).to.equal(jaccardOf(own, other));
            const both = [...own].filter((user) => other.has(user)).length;
            expect(shared).to.deep.include({ userCount: both, exact: true });
          }
          expect(answer.complete).to.equal(true);
          expect(answer.compared).to.equal(read.length - 1);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('end the comparison when all others are too small or too large', async () => {
    const of = (from: number, to: number): Users =>
      new Set(Array.from({ length: to - from }, (_, at) => from + at));
    const segments = new Map([[OWN, of(0, 100)]]);
    for (let at = 0; at < 50; at += 1) {
      segments.set(`small${at}`, of(0, 40));
      segments.set(`large${at}`, of(0, 300));
    }
    segments.set('same', of(2, 102));
    const { context, index, read } = storeOf(segments);
    const { similar, compared, total, complete } = await similarSegments(context, index, OWN, 1);
    expect(similar.map(({ segment }) => segment)).to.deep.equal(['same']);
    expect([total, complete]).to.deep.equal([101, true]);
    expect(compared).to.be.at.most(10);
    expect(read).to.have.length(compared + 1);
  });

  it('are found beyond one that was deleted after the index was made', async () => {
    const users: Users = new Set([1, 2, 3]);
    const names = Array.from({ length: 30 }, (_, at) => `s${String(at).padStart(2, '0')}`);
    const segments = new Map(names.map((name): [string, Users] => [name, users]));
    segments.set(OWN, users);
    const { context, index } = storeOf(segments, true, 's02');
    const answer = await similarSegments(context, index, OWN, 29);
    expect(answer.similar).to.have.length(29);
  });

  it('of a segment without users are none, of as many as there are', async () => {
    const { context, index } = storeOf(
      new Map([
        ['a', new Set([1])],
        ['b', new Set([2])],
      ]),
    );
    const { similar, total, complete } = await similarSegments(context, index, 'c', 5);
    expect({ similar, total, complete }).to.deep.equal({ similar: [], total: 2, complete: true });
  });

  it('say when there were too many to compare all', async () => {
    const segments = new Map(
      Array.from({ length: 300 }, (_, at): [string, Users] => [`s${at}`, new Set([at, 999])]),
    );
    segments.set(OWN, new Set([998, 999]));
    const { context, index } = storeOf(segments);
    const { compared, total, complete } = await similarSegments(context, index, OWN, 1);
    expect([compared, total, complete]).to.deep.equal([MAX_COMPARED, 300, false]);
  });

  it('say when there are no samples', async () => {
    const segments = new Map([
      [OWN, new Set([1])],
      ['other', new Set([1])],
    ]);
    const { context, index } = storeOf(segments, false);
    const { similar, compared, complete } = await similarSegments(context, index, OWN, 1);
    expect({ similar, compared, complete }).to.deep.equal({
      similar: [],
      compared: 0,
      complete: false,
    });
  });
});
