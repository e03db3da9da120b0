import { expect } from 'chai';
import fc from 'fast-check';
import { formatUtcDay, utcDay, windowOf } from '../../src/domain/utc-day.js';
import { createEstimator, type Estimator } from '../../src/es/estimator.js';
import { createFloor } from '../../src/es/queries/floor.js';
import { createQueries, type Queries } from '../../src/es/queries/queries.js';
import { estimateCount } from '../../src/es/sketch/interval.js';
import { REGISTER_COUNT } from '../../src/es/sketch/registers.js';
import { createClients } from '../../src/limits/clients.js';
import { makeCaller } from '../support/caller.js';
import { encodeDense } from '../support/sketches.js';
import { startRedis, type TestRedis } from '../support/system.js';

const DAYS = 14;
const NO_LIMIT = { rateLimit: { perSecond: 0, burst: 0 }, trustedProxies: '' };

/** Two ES on one Redis, without their wires. */
describe('Estimates and histories, asked for by many at once', () => {
  let redis: TestRedis;
  const es: { estimator: Estimator; queries: Queries }[] = [];
  before(async () => {
    redis = await startRedis();
    for (let number = 0; number < 2; number += 1) {
      const estimator = createEstimator({
        redis: redis.client,
        windowDays: DAYS,
        now: Date.now,
        // Samples do not notice what is written by hand.
        sampleSize: 0,
      });
      const queries = createQueries(estimator, {
        now: Date.now,
        floor: createFloor(0, DAYS),
        clients: createClients(NO_LIMIT, Date.now),
        listMaxBytes: 1_000_000,
      });
      es.push({ estimator, queries });
    }
  });
  after(async () => {
    for (const { queries } of es) await queries.close();
    await redis.close();
  });
  beforeEach(() => redis.client.flushall());

  const at = (number: number) => es[number] as { estimator: Estimator; queries: Queries };
  const today = () => utcDay(Date.now());
  const keyOf = (segment: string, daysAgo: number) =>
    `es:{${segment}}:${formatUtcDay(today() - daysAgo)}`;
  const usersOf = (from: number, count: number) =>
    Array.from({ length: count }, (_, index) => `u${from + index}`);
  const store = (number: number, segment: string, daysAgo: number, userIds: string[]) =>
    at(number).estimator.store([{ segment, day: today() - daysAgo, userIds }]);
  const many = <Answer>(count: number, ask: (index: number) => Promise<Answer>) =>
    Promise.all(Array.from({ length: count }, (_, index) => ask(index)));

  /** How often Redis carries out each command during some work. */
  async function commandsOf(work: () => Promise<unknown>): Promise<Record<string, number>> {
    await redis.client.config('RESETSTAT');
    await work();
    const stats = await redis.client.info('commandstats');
    const calls = Array.from(stats.matchAll(/cmdstat_(\w+):calls=(\d+)/g), ([, name, count]) => [
      name as string,
      Number(count),
    ]);
    return Object.fromEntries(calls);
  }

  it('are computed twice: for the first, and for all who came while that was under way', async () => {
    await store(0, 's', 0, usersOf(0, 5_000));
    const { queries } = at(0);
    await queries.estimate(undefined, 's');
    const estimates = await commandsOf(() =>
      many(300, (index) => queries.estimate(makeCaller(`10.0.0.${index % 3}`), 's')),
    );
    expect(estimates).to.deep.include({ pfcount: 2 });
    expect(Object.keys(estimates)).not.to.include.members(['get', 'evalsha']);
    const histories = await commandsOf(() =>
      many(300, (index) => queries.history(makeCaller(`10.0.0.${index % 3}`), 's')),
    );
    expect(histories).to.deep.include({ get: 2 * DAYS });
  });

  it('are refused to none of 200 who ask for different segments', async () => {
    const { queries } = at(0);
    const asked = [
      many(200, (index) => queries.estimate(makeCaller(), `s${index}`)),
      many(200, (index) => queries.history(makeCaller(), `s${index}`)),
    ];
    for (const answers of await Promise.all(asked)) expect(answers).to.have.length(200);
  });

  it('tell of everything that was acknowledged before', async () => {
    const { queries } = at(0);
    await many(50, async (index) => {
      const others = many(3, () => queries.history(undefined, 's'));
      await store(index % 2, 's', index % 3, [`u${index}`]);
      const [{ userCount }, { history }] = await Promise.all([
        queries.estimate(undefined, 's'),
        queries.history(undefined, 's'),
      ]);
      expect(userCount).to.be.greaterThan(0);
      expect(history.at(-1 - (index % 3))?.userCount).to.be.greaterThan(0);
      await others;
    });
    expect((await queries.history(undefined, 's')).history.at(-1)?.rolling.userCount).to.equal(50);
    for (let user = 100; user < 120; user += 1) {
      const asked = many(5, () => queries.estimate(undefined, 's'));
      await store(1, 's', 0, [`u${user}`]);
      expect((await queries.estimate(undefined, 's')).userCount).to.equal(user - 49);
      await asked;
    }
  });

  it('are those of the registers, also where these were written by hand', async () => {
    for (const value of [1, 20, 39, 40, 49, 50, 51]) {
      await redis.client.flushall();
      const written = Buffer.from(encodeDense(new Uint8Array(REGISTER_COUNT).fill(value)));
      await redis.client.set(keyOf('s', 0), written);
      for (const days of [1, DAYS]) {
        const sketch = estimateCount(await at(0).estimator.reader.sketch('s', today(), days));
        const { userCount, interval } = await at(0).queries.estimate(undefined, 's', days);
        expect({ count: userCount, interval }, `${value}`).to.deep.equal({
          count: sketch.count,
          interval: sketch.interval,
        });
      }
    }
  });

  /** Compares what both ES answer with what Redis counts now. */
  async function expectFresh(segment: string): Promise<void> {
    const days = windowOf(today(), DAYS);
    const keys = days.map((day) => `es:{${segment}}:${formatUtcDay(day)}`);
    const pfcount = async (...some: string[]) => {
      const count = await redis.client.pfcount(...some).catch(() => 'failed' as const);
      return count;
    };
    const ofDays = await Promise.all(keys.map((key) => pfcount(key)));
    const upToDays = await Promise.all(
      keys.map((_, index) => pfcount(...keys.slice(0, index + 1))),
    );
    const isDamaged = ofDays.includes('failed');
    for (const { estimator, queries } of es) {
      const history = await queries.history(undefined, segment).catch(() => undefined);
      const expected = ofDays.map((userCount, index) => ({
        day: formatUtcDay(days[index] as number),
        userCount,
        exact: userCount === 0,
        rolling: { userCount: upToDays[index], exact: upToDays[index] === 0, days: index + 1 },
      }));
      expect(history?.history).to.deep.equal(isDamaged ? undefined : expected);
      for (const asked of isDamaged ? [] : [1, 5, DAYS]) {
        const estimate = await queries.estimate(undefined, segment, asked);
        const sketch = estimateCount(await estimator.reader.sketch(segment, today(), asked));
        expect(estimate.userCount).to.equal(await pfcount(...keys.slice(-asked)));
        expect(estimate.interval).to.deep.equal(sketch.interval);
        expect(estimate.standardError).to.be.closeTo(sketch.standardError, 0.005);
      }
    }
  }

  it('are those of a fresh count, whoever stores, deletes, damages and mends', () => {
    const daysAgo = fc.oneof(fc.constant(0), fc.nat(DAYS - 1));
    const which = fc.nat(1);
    const step = fc.oneof(
      {
        weight: 4,
        arbitrary: fc
          .tuple(which, daysAgo, fc.nat(8_000), fc.oneof(fc.nat(20), fc.nat(3_000)))
          .map(([number, ago, from, count]) => async () => {
            if (count > 0) await store(number, 's', ago, usersOf(from, count));
          }),
      },
      which.map((number) => () => at(number).queries.remove('s')),
      daysAgo.map((ago) => () => redis.client.set(keyOf('s', ago), 'text')),
      daysAgo.map((ago) => async () => {
        const key = keyOf('s', ago);
        await redis.client.del(key);
        await redis.client.rpush(key, 'a list');
      }),
      daysAgo.map(
        (ago) => () =>
          redis.client.del(keyOf('s', ago), `es:{s}:window-14:${formatUtcDay(today())}`),
      ),
    );
    return fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 10 }), async (steps) => {
        await redis.client.flushall();
        for (const work of steps) {
          await work().catch(() => {});
          await expectFresh('s');
        }
      }),
      { numRuns: 15 },
    );
  });
});
