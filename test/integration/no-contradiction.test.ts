import { expect } from 'chai';
import fc from 'fast-check';
import {
  contradictionsOf,
  namedUsers,
  type OverlapAnswer,
  type UsersAnswer,
} from '../../scripts/testbed/contradictions.js';
import { storeLines } from '../support/es.js';
import { countOf, send } from '../support/http.js';
import { createRpcClient, type RpcClient } from '../support/rpc.js';
import { type System, startSystem } from '../support/system.js';

/** The users of a segment: numbers from one on. Every third is seen some days ago, the others today. */
interface Users {
  from: number;
  size: number;
}

const DAYS_AGO = 3;

/** How many users a sample has by default. */
const SAMPLE_SIZE = 1_024;

// Where sets begin and end: the same places come again, so that sets are equal, nested or disjoint.
const place = fc.constantFrom(0, 1, 60, 1_000, 1_030, 5_000, 20_000);
const size = fc.oneof(fc.nat(12), fc.constantFrom(60, 1_000, 1_024, 1_025, 4_000, 20_000));
const family = fc.array(fc.record({ from: place, size }), { minLength: 2, maxLength: 6 });

const users = (from: number, size: number): Users => ({ from, size });

/** What went wrong once. */
const EXAMPLES: [Users[], number][] = [
  [[users(0, 1_025), users(0, 0)], 14],
  [[users(1, 1), users(0, 20_000), users(0, 60), users(0, 5)], 14],
  [[users(0, 1), users(0, 0), users(0, 20_000)], 14],
];

describe('No answer contradicts another', function () {
  this.timeout(120_000);
  let system: System;
  let rpc: RpcClient;
  before(async () => {
    system = await startSystem();
    rpc = createRpcClient(system.grpc);
  });
  after(async () => {
    rpc.close();
    await system.close();
  });

  const ask = async (path: string, body?: object) => {
    const { status, json, text } = await send(system.urls.es, path, { body });
    if (status !== 200) throw new Error(`${path}: ${status} ${text}`);
    return json;
  };
  const expression = (body: object): Promise<UsersAnswer> => ask('/estimate', body);
  const pathOf = (segment: string) => `/segment/${encodeURIComponent(segment)}`;

  let families = 0;
  async function store(sets: readonly Users[]): Promise<string[]> {
    families += 1;
    const names = sets.map((_, index) => `${families} ${'abcdef'[index]}`);
    const earlier = new Date(Date.now() - DAYS_AGO * 86_400_000).toISOString();
    for (const [index, { from, size }] of sets.entries()) {
      const lines = Array.from({ length: size }, (_, user) => {
        const time = user % 3 === 0 ? { occurred_at: earlier } : {};
        return JSON.stringify({ segment: names[index], user_id: `u${from + user}`, ...time });
      });
      if (lines.length > 0) await storeLines(system.urls.uss, lines);
    }
    return names;
  }

  /** What each way to ask says of one segment, over the window or the last days. */
  async function checkSegment(segment: string, reported: UsersAnswer, days: number): Promise<void> {
    const count = reported.user_count;
    const query = days === 14 ? '' : `?days=${days}`;
    const same = (answer: UsersAnswer, where: string) =>
      expect(figuresOf(answer), `${segment}: ${where}`).to.deep.equal(figuresOf(reported));
    expect(await countOf(system.urls.uss, segment, query), 'GET /segment').to.equal(count);
    expect((await ask('/counts', { segments: [segment], days })).counts[0].user_count).to.equal(
      count,
    );
    same(await ask(`${pathOf(segment)}/estimate${query}`), '…/estimate');
    same(await expression({ all: [segment], days }), 'all');
    same(await expression({ any: [segment, segment], days }), 'any');
    same(await rpc.call('Estimate', { segment, days }), 'Estimate');
    expect((await rpc.call('Count', { segment, days })).user_count).to.equal(count);
    if (days < 14) return;
    const { history } = await ask(`${pathOf(segment)}/history`);
    expect(history.at(-1).rolling.user_count, '…/history').to.equal(count);
    const { segments } = await ask(`/segments?prefix=${encodeURIComponent(segment)}`);
    expect(segments[0]?.user_count ?? 0, 'GET /segments').to.equal(count);
  }

  it('whatever the sets are, over REST and gRPC', async () => {
    const days = fc.constantFrom(14, DAYS_AGO);
    await fc.assert(
      fc.asyncProperty(family, days, async (sets, days) => {
        const segments = await store(sets);
        const overlap = await ask('/overlap', { segments, days });
        expect(contradictionsOf(overlap)).to.deep.equal([]);
        for (const [index, segment] of segments.entries()) {
          await checkSegment(segment, overlap.segments[index], days);
        }
        const same = async (body: object, answer: UsersAnswer) =>
          expect(
            figuresOf(await expression({ ...body, days })),
            JSON.stringify(body),
          ).to.deep.equal(figuresOf(answer));
        await same({ any: segments }, overlap.union);
        await same({ all: segments }, overlap.intersection);
        const [first, second] = segments as [string, string];
        const two = await ask('/overlap', { segments: [first, second], days });
        expect(contradictionsOf(two)).to.deep.equal([]);
        const [pair] = two.pairs;
        expect(two.union).to.deep.equal(pair.union);
        expect(two.intersection).to.deep.equal(pair.intersection);
        await same({ all: [first], none: [second] }, pair.only_first);
        await same({ all: [second], none: [first] }, pair.only_second);
        const nobody = await expression({ all: [first], none: [first], any: [second], days });
        expect(nobody.interval).to.deep.equal({ low: 0, high: 0 });
        const overRpc = await rpc.call('Overlap', { segments, days });
        expect(allFigures(overRpc)).to.deep.equal(allFigures(overlap));
        checkTruth(
          overlap,
          sets.map((set) => usersOf(set, days)),
        );
      }),
      { numRuns: 9, examples: EXAMPLES },
    );
  });
});

function figuresOf({ user_count, interval, exact }: UsersAnswer) {
  return { user_count, interval: { low: interval.low, high: interval.high }, exact };
}

function allFigures(overlap: OverlapAnswer) {
  const users = Object.entries(namedUsers(overlap)).map(([name, one]) => [name, figuresOf(one)]);
  const shares = overlap.pairs.map(({ segments, jaccard }) => [segments.join(), jaccard]);
  return Object.fromEntries([...users, ...shares]);
}

/** The users of the last days. */
function usersOf({ from, size }: Users, days: number): Set<number> {
  const users = Array.from({ length: size }, (_, user) => user);
  return new Set(
    users.filter((user) => days > DAYS_AGO || user % 3 > 0).map((user) => from + user),
  );
}

/** What is said to be exact is the truth; and all is, if samples have all users. */
function checkTruth(overlap: OverlapAnswer, sets: readonly Set<number>[]): void {
  const all = [...new Set(sets.flatMap((set) => [...set]))];
  const common = all.filter((user) => sets.every((set) => set.has(user)));
  const isSmall = sets.every(({ size }) => size <= SAMPLE_SIZE);
  const check = (answer: UsersAnswer, truth: number, isCertain: boolean) => {
    if (isCertain) expect(answer.exact).to.equal(true);
    if (answer.exact) {
      const interval = { low: truth, high: truth };
      expect(figuresOf(answer)).to.deep.equal({ user_count: truth, interval, exact: true });
    }
  };
  for (const [index, { size }] of sets.entries()) {
    check(overlap.segments[index] as UsersAnswer, size, size <= SAMPLE_SIZE);
  }
  check(overlap.union, all.length, isSmall);
  check(overlap.intersection, common.length, isSmall);
}
