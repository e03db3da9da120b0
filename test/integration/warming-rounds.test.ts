import { expect } from 'chai';
import { DAY_MS, formatUtcDay } from '../../src/domain/utc-day.js';
import { createEstimator } from '../../src/es/estimator.js';
import {
  bucketKey,
  MIDNIGHT,
  type RedisOfTwo,
  startRedisOfTwo,
  TODAY,
  type TwoEs,
  windowKey,
} from '../support/two-es.js';

const MINUTE_MS = 60_000;

describe('Windows that are merged before midnight', () => {
  let redisOfTwo: RedisOfTwo;
  const { signal } = new AbortController();
  before(async () => {
    redisOfTwo = await startRedisOfTwo();
  });
  after(() => redisOfTwo.close());
  const client = () => redisOfTwo.redis.client;

  const store1 = (two: TwoEs, userId: string, daysAgo = 0) =>
    two.es[0].store([{ segment: 'a', day: TODAY - daysAgo, userIds: [userId] }]);
  const merges = async () => {
    const stats = await client().info('commandstats');
    return Number(/cmdstat_pfmerge:calls=(\d+)/.exec(stats)?.[1] ?? 0);
  };

  it('are those of segments that were counted today, each merged once', async () => {
    const two = await redisOfTwo.start(50 * MINUTE_MS, 0);
    const names = Array.from({ length: 250 }, (_, index) => `s${index}`);
    const groups = [...names, 'not-counted'].map((name) => {
      return { segment: name, day: TODAY, userIds: ['u'] };
    });
    for (const one of two.es) await one.warmer.announce();
    await two.es[0].store(groups);
    await two.es[1].count(names);
    await client().config('RESETSTAT');
    await Promise.all(two.es.map((one) => one.warmer.round(signal)));
    expect(await merges()).to.equal(names.length);
    await Promise.all(two.es.map((one) => one.warmer.round(signal)));
    expect(await merges()).to.equal(names.length);
    const warm = await client().keys(`*:window-*:${formatUtcDay(TODAY + 1)}`);
    expect(warm).to.have.members(names.map((name) => windowKey(name, TODAY + 1)));
  });

  it('lapse before the day of a former version, unless they are confirmed', async () => {
    const two = await redisOfTwo.start(50 * MINUTE_MS, 0);
    await two.es[0].warmer.announce();
    await store1(two, 'u');
    await two.es[0].count(['a']);
    await two.es[0].warmer.round(signal);
    const expiry = () => client().expiretime(windowKey('a', TODAY + 1));
    expect(await expiry()).to.equal((MIDNIGHT - MINUTE_MS) / 1_000);
    two.clock.time = MIDNIGHT - 3 * MINUTE_MS;
    await two.es[0].warmer.round(signal);
    expect(await expiry()).to.equal((MIDNIGHT + DAY_MS) / 1_000 + 3_600);
    two.clock.time = MIDNIGHT - 5 * MINUTE_MS;
    await two.es[0].warmer.round(signal);
    expect(await expiry()).to.equal((MIDNIGHT + DAY_MS) / 1_000 + 3_600);
  });

  it('miss nothing of a former version that is being replaced', async () => {
    const two = await redisOfTwo.start(50 * MINUTE_MS, 0);
    await store1(two, 'u');
    await two.es[0].count(['a']);
    // Where something is stored and nobody has announced anything, there may be a former version.
    await two.es[0].warmer.announce();
    await two.es[0].warmer.round(signal);
    expect(await client().exists(windowKey('a', TODAY + 1))).to.equal(0);
    // As the former version stores: into no window of tomorrow before 23:55, and into no sample.
    await client().pfadd(bucketKey('a', TODAY), 'v');
    await client().unlink(`${bucketKey('a', TODAY)}:sample`);
    two.clock.time = MIDNIGHT - 3 * MINUTE_MS;
    await two.es[0].warmer.round(signal);
    two.clock.time = MIDNIGHT + 1;
    await two.expectTrue(0, 'a');
    expect(two.merges).to.equal(1);
    // A day later all versions are this one.
    two.clock.time = MIDNIGHT + DAY_MS - 50 * MINUTE_MS;
    await two.es[0].warmer.round(signal);
    expect(await client().exists(windowKey('a', TODAY + 2))).to.equal(1);
  });

  it('are none where ES may use no time of Redis for them', async () => {
    await redisOfTwo.start(0, 0);
    const now = () => MIDNIGHT - MINUTE_MS;
    const es = createEstimator({ redis: client(), windowDays: 4, now, warming: { percent: 0 } });
    await es.warmer.announce();
    await es.store([{ segment: 'a', day: TODAY, userIds: ['u'] }]);
    await es.count(['a']);
    expect(es.warmer.isDue()).to.equal(false);
    await es.warmer.round(signal);
    expect(await client().exists(windowKey('a', TODAY + 1))).to.equal(0);
  });
});
