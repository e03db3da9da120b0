import { expect } from 'chai';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { groupMemberships } from '../../src/domain/membership-groups.js';
import { DAY_MS, formatUtcDay, utcDay, windowOf } from '../../src/domain/utc-day.js';
import { createEstimator, type Estimator } from '../../src/es/estimator.js';
import { startRedis, type TestRedis } from '../support/system.js';

/** A UTC midnight ahead of Redis's own clock, so that nothing expires while the clock of a test runs on. */
const MIDNIGHT = (utcDay(Date.now()) + 100) * DAY_MS;
const TODAY = utcDay(MIDNIGHT) - 1;
const WINDOW_DAYS = 4;
const SEGMENTS = ['a', 'b'];
const MINUTE_MS = 60_000;

type Step =
  | { kind: 'store'; es: number; segment: string; user: number; daysAgo: number; aheadMs: number }
  | { kind: 'count' | 'delete'; es: number; segment: string }
  | { kind: 'warm'; es: number }
  | { kind: 'clock'; ms: number };

describe('Windows that are merged before midnight', () => {
  let redis: TestRedis;
  let connections: [Redis, Redis];
  const { signal } = new AbortController();
  before(async () => {
    redis = await startRedis();
    const connect = () => new Redis(redis.url.replace('unix://', ''));
    connections = [connect(), connect()];
  });
  after(async () => {
    for (const connection of connections) connection.disconnect();
    await redis.close();
  });

  const windowKey = (segment: string, day: number) =>
    `es:{${segment}}:window-${WINDOW_DAYS}:${formatUtcDay(day)}`;
  const bucketKey = (segment: string, day: number) => `es:{${segment}}:${formatUtcDay(day)}`;

  /**
   * Two ES on one empty Redis.
   *
   * @param beforeMs how long before midnight the clock of the first is
   * @param skewMs how far that of the second is ahead of it
   */
  async function startTwo(beforeMs: number, skewMs: number) {
    await redis.client.flushall();
    const clock = { time: MIDNIGHT - beforeMs };
    const clocks = [() => clock.time, () => clock.time + skewMs] as const;
    const merged: string[] = [];
    const all = clocks.map((now, index) =>
      createEstimator({
        redis: connections[index] as Redis,
        windowDays: WINDOW_DAYS,
        now,
        warming: { percent: 100 },
        onMerge: () => merged.push(String(index)),
      }),
    ) as [Estimator, Estimator];
    return { clock, clocks, es: all, merged };
  }
  type Two = Awaited<ReturnType<typeof startTwo>>;

  async function expectTrue(two: Two, es: number, segment: string): Promise<void> {
    const today = utcDay((two.clocks[es] as () => number)());
    const merges = two.merged.length;
    const isWarm = await redis.client.exists(windowKey(segment, today));
    const counted = (await (two.es[es] as Estimator).count([segment])).get(segment);
    const buckets = windowOf(today, WINDOW_DAYS).map((day) => bucketKey(segment, day));
    expect(counted).to.equal(await redis.client.pfcount(...buckets));
    if (isWarm === 1) expect(two.merged.length).to.equal(merges);
  }

  async function take(two: Two, step: Step): Promise<void> {
    if (step.kind === 'clock') {
      two.clock.time += step.ms;
      return;
    }
    const es = two.es[step.es] as Estimator;
    if (step.kind === 'warm') await es.warmer.round(signal);
    else if (step.kind === 'store') {
      const { segment, user, daysAgo, aheadMs } = step;
      const occurredAt = (two.clocks[step.es] as () => number)() - daysAgo * DAY_MS + aheadMs;
      await es.store(groupMemberships([{ segment, userId: `u${user}`, occurredAt }]));
    } else if (step.kind === 'count') await expectTrue(two, step.es, step.segment);
    else await es.remove(step.segment);
  }

  const es = fc.constantFrom(0, 1);
  const segment = fc.constantFrom(...SEGMENTS);
  const of = <Kind extends string>(kind: Kind) =>
    fc.record({ kind: fc.constant(kind), es, segment });
  const store = fc.record({
    kind: fc.constant('store' as const),
    es,
    segment,
    user: fc.nat(40),
    daysAgo: fc.nat(WINDOW_DAYS),
    aheadMs: fc.constantFrom(0, 0, 0, 3_000, 240_000),
  });
  const clock = fc.record({
    kind: fc.constant('clock' as const),
    ms: fc.constantFrom(
      500,
      2_500,
      MINUTE_MS,
      4 * MINUTE_MS,
      10 * MINUTE_MS,
      25 * MINUTE_MS,
      DAY_MS,
    ),
  });
  const step: fc.Arbitrary<Step> = fc.oneof(
    { arbitrary: store, weight: 6 },
    { arbitrary: of('count'), weight: 4 },
    { arbitrary: of('delete'), weight: 1 },
    { arbitrary: fc.record({ kind: fc.constant('warm' as const), es }), weight: 4 },
    { arbitrary: clock, weight: 3 },
  );

  for (const skewMs of [0, 2_000, -2_000, 5 * MINUTE_MS, -5 * MINUTE_MS]) {
    it(`count what their buckets count, one clock ${skewMs / 1_000} s off`, async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 0, max: 70 }),
          fc.array(step, { minLength: 5, maxLength: 50 }),
          async (minutes, steps) => {
            const two = await startTwo(minutes * MINUTE_MS, skewMs);
            for (const one of two.es) await one.warmer.announce();
            for (const one of steps) await take(two, one);
            for (const which of [0, 1]) {
              for (const name of SEGMENTS) await expectTrue(two, which, name);
            }
          },
        ),
        { numRuns: 100 },
      );
    });
  }

  const store1 = (two: Two, userId: string, daysAgo = 0) =>
    two.es[0].store([{ segment: 'a', day: TODAY - daysAgo, userIds: [userId] }]);
  const merges = async () => {
    const stats = await redis.client.info('commandstats');
    return Number(/cmdstat_pfmerge:calls=(\d+)/.exec(stats)?.[1] ?? 0);
  };

  it('are those of segments that were counted today, each merged once', async () => {
    const two = await startTwo(50 * MINUTE_MS, 0);
    const names = Array.from({ length: 250 }, (_, index) => `s${index}`);
    const groups = [...names, 'not-counted'].map((name) => {
      return { segment: name, day: TODAY, userIds: ['u'] };
    });
    for (const one of two.es) await one.warmer.announce();
    await two.es[0].store(groups);
    await two.es[1].count(names);
    await redis.client.config('RESETSTAT');
    await Promise.all(two.es.map((one) => one.warmer.round(signal)));
    expect(await merges()).to.equal(names.length);
    await Promise.all(two.es.map((one) => one.warmer.round(signal)));
    expect(await merges()).to.equal(names.length);
    const warm = await redis.client.keys(`*:window-*:${formatUtcDay(TODAY + 1)}`);
    expect(warm).to.have.members(names.map((name) => windowKey(name, TODAY + 1)));
  });

  it('lapse before the day of a former version, unless they are confirmed', async () => {
    const two = await startTwo(50 * MINUTE_MS, 0);
    await two.es[0].warmer.announce();
    await store1(two, 'u');
    await two.es[0].count(['a']);
    await two.es[0].warmer.round(signal);
    const expiry = () => redis.client.expiretime(windowKey('a', TODAY + 1));
    expect(await expiry()).to.equal((MIDNIGHT - MINUTE_MS) / 1_000);
    two.clock.time = MIDNIGHT - 3 * MINUTE_MS;
    await two.es[0].warmer.round(signal);
    expect(await expiry()).to.equal((MIDNIGHT + DAY_MS) / 1_000 + 3_600);
    two.clock.time = MIDNIGHT - 5 * MINUTE_MS;
    await two.es[0].warmer.round(signal);
    expect(await expiry()).to.equal((MIDNIGHT + DAY_MS) / 1_000 + 3_600);
  });

  it('miss nothing of a former version that is being replaced', async () => {
    const two = await startTwo(50 * MINUTE_MS, 0);
    await store1(two, 'u');
    await two.es[0].count(['a']);
    // Where something is stored and nobody has announced anything, there may be a former version.
    await two.es[0].warmer.announce();
    await two.es[0].warmer.round(signal);
    expect(await redis.client.exists(windowKey('a', TODAY + 1))).to.equal(0);
    // As the former version stores: into no window of tomorrow before 23:55.
    await redis.client.pfadd(bucketKey('a', TODAY), 'v');
    two.clock.time = MIDNIGHT - 3 * MINUTE_MS;
    await two.es[0].warmer.round(signal);
    two.clock.time = MIDNIGHT + 1;
    await expectTrue(two, 0, 'a');
    expect(two.merged).to.have.length(1);
    // A day later all versions are this one.
    two.clock.time = MIDNIGHT + DAY_MS - 50 * MINUTE_MS;
    await two.es[0].warmer.round(signal);
    expect(await redis.client.exists(windowKey('a', TODAY + 2))).to.equal(1);
  });
});
