import { expect } from 'chai';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { groupMemberships } from '../../src/domain/membership-groups.js';
import { DAY_MS, formatUtcDay, utcDay, windowOf } from '../../src/domain/utc-day.js';
import { createEstimator } from '../../src/es/estimator.js';
import type { SegmentBackend } from '../../src/segment-service/segment-service.js';
import { startRedis, type TestRedis, untilConnected } from '../support/system.js';

/** A UTC midnight ahead of Redis's own clock, so that nothing expires while the clock of a test runs on. */
const START = (utcDay(Date.now()) + 100) * DAY_MS;

const WINDOW_DAYS = 4;
const SEGMENTS = ['a', 'b'];

type Step =
  | { kind: 'store'; es: number; segment: string; user: number; daysAgo: number; aheadMs: number }
  | { kind: 'count'; es: number; segment: string }
  | { kind: 'clock'; ms: number }
  | { kind: 'midnight'; beforeMs: number };

describe('the running window', () => {
  let redis: TestRedis;
  let connections: [Redis, Redis];
  before(async () => {
    redis = await startRedis();
    const connect = () => new Redis(redis.url.replace('unix://', ''));
    connections = [connect(), connect()];
  });
  after(async () => {
    for (const connection of connections) connection.disconnect();
    await redis.close();
  });

  /** Two ES on one Redis, the clock of the second ahead of the first by some milliseconds. */
  async function startTwo(skewMs: number) {
    await redis.client.flushall();
    const clock = { time: START };
    const clocks = [() => clock.time, () => clock.time + skewMs];
    const all = clocks.map((now, index) =>
      createEstimator({ redis: connections[index] as Redis, windowDays: WINDOW_DAYS, now }),
    );
    return {
      clock,
      nowOf: (es: number) => (clocks[es] as () => number)(),
      es: (es: number) => all[es] as SegmentBackend,
    };
  }
  type Two = Awaited<ReturnType<typeof startTwo>>;

  /** What the buckets of an ES's window count together. */
  function countBuckets(two: Two, es: number, segment: string): Promise<number> {
    const days = windowOf(utcDay(two.nowOf(es)), WINDOW_DAYS);
    return redis.client.pfcount(...days.map((day) => `es:{${segment}}:${formatUtcDay(day)}`));
  }

  async function expectTrue(two: Two, es: number, segment: string): Promise<void> {
    const counted = (await two.es(es).count([segment])).get(segment);
    expect(counted).to.equal(await countBuckets(two, es, segment));
  }

  async function take(two: Two, step: Step): Promise<void> {
    if (step.kind === 'clock') two.clock.time += step.ms;
    else if (step.kind === 'midnight') {
      two.clock.time = (utcDay(two.clock.time) + 1) * DAY_MS - step.beforeMs;
    } else if (step.kind === 'count') await expectTrue(two, step.es, step.segment);
    else {
      const occurredAt = two.nowOf(step.es) - step.daysAgo * DAY_MS + step.aheadMs;
      const userId = `u${step.user}`;
      await two
        .es(step.es)
        .store(groupMemberships([{ segment: step.segment, userId, occurredAt }]));
    }
  }

  const es = fc.constantFrom(0, 1);
  const segment = fc.constantFrom(...SEGMENTS);
  const store = fc.record({
    kind: fc.constant('store' as const),
    es,
    segment,
    user: fc.nat(40),
    daysAgo: fc.nat(WINDOW_DAYS),
    aheadMs: fc.constantFrom(0, 0, 0, 3_000, 240_000),
  });
  const count = fc.record({ kind: fc.constant('count' as const), es, segment });
  const step: fc.Arbitrary<Step> = fc.oneof(
    { arbitrary: store, weight: 6 },
    { arbitrary: count, weight: 3 },
    fc.record({
      kind: fc.constant('clock' as const),
      ms: fc.constantFrom(500, 1_500, 2_500, DAY_MS / 2, DAY_MS, 2 * DAY_MS),
    }),
    fc.record({
      kind: fc.constant('midnight' as const),
      beforeMs: fc.constantFrom(2_500, 1_500, 500, 100, -100, -1_500),
    }),
  );

  for (const skewMs of [2_000, -2_000, 0]) {
    it(`counts what its buckets count at every moment, one clock ${skewMs} ms off`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
          const two = await startTwo(skewMs);
          for (const one of steps) await take(two, one);
          for (const which of [0, 1]) {
            for (const name of SEGMENTS) await expectTrue(two, which, name);
          }
        }),
        { numRuns: 150 },
      );
    });
  }

  it('stays true when stores and first counts of both come all at once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(store, count), { maxLength: 60 }), async (steps) => {
        const two = await startTwo(2_000);
        two.clock.time = START + DAY_MS - 1_000;
        await Promise.all(
          steps.map((one) =>
            one.kind === 'count' ? two.es(one.es).count([one.segment]) : take(two, one),
          ),
        );
        for (const which of [0, 1]) {
          for (const name of SEGMENTS) await expectTrue(two, which, name);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('is one key to count, which is gone after its day', async () => {
    const two = await startTwo(0);
    const memberships = [0, 1, 2, 3].map((daysAgo) => ({
      segment: 'a',
      userId: `u${daysAgo}`,
      occurredAt: START - daysAgo * DAY_MS,
    }));
    await two.es(0).store(groupMemberships(memberships));
    expect((await two.es(0).count(['a'])).get('a')).to.equal(4);
    const key = `es:{a}:window-${WINDOW_DAYS}:${formatUtcDay(utcDay(START))}`;
    expect(await redis.client.expiretime(key)).to.equal((START + DAY_MS) / 1_000 + 3_600);

    await redis.client.config('RESETSTAT');
    expect((await two.es(0).count(['a'])).get('a')).to.equal(4);
    const stats = await redis.client.info('commandstats');
    expect(stats).to.match(/cmdstat_pfcount:calls=1,/);
    expect(stats).not.to.match(/cmdstat_eval|cmdstat_pfmerge/);
  });

  it('is what it was after a crash of Redis', async () => {
    const two = await startTwo(0);
    const store = (user: number, daysAgo: number) =>
      two
        .es(user % 2)
        .store(
          groupMemberships([
            { segment: 'a', userId: `u${user}`, occurredAt: START - daysAgo * DAY_MS },
          ]),
        );
    for (let user = 0; user < 40; user += 1) await store(user, user % 3);
    await expectTrue(two, 0, 'a');
    for (let user = 40; user < 60; user += 1) await store(user, user % 3);
    const back = connections.map(untilConnected);
    await redis.crash();
    await Promise.all(back);
    const counted = (await two.es(1).count(['a'])).get('a');
    expect(counted).to.equal(await countBuckets(two, 1, 'a'));
    expect(counted).to.be.closeTo(60, 2);
    await store(60, 1);
    await expectTrue(two, 0, 'a');
  });

  it('leaves nothing behind for a segment that nobody has stored', async () => {
    const two = await startTwo(0);
    expect((await two.es(0).count(['nobody'])).get('nobody')).to.equal(0);
    expect(await redis.client.keys('*')).to.deep.equal(['es:sampling']);
  });
});
