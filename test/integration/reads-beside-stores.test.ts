import { expect } from 'chai';
import { Redis } from 'ioredis';
import { utcDay } from '../../src/domain/utc-day.js';
import { createEstimator } from '../../src/es/estimator.js';
import { type Es, startEs } from '../../src/es/service.js';
import { startUss } from '../../src/uss/service.js';
import { startFaultProxy } from '../support/fault-proxy.js';
import { send } from '../support/http.js';
import { startRedisServer } from '../support/redis-server.js';
import { esConfig, startRedis, type TestRedis, ussConfig } from '../support/system.js';

const DAYS = 13;
const SEGMENTS = Array.from({ length: 200 }, (_, index) => `s${index}`);
const STORES = 40;

/** A slice counts three segments, or reads the sample of one, with the count of each of its days. */
const SEGMENTS_IN_SLICE = 3;

/** So many slices may be read for each membership that is stored meanwhile: two, and what else is on its way. */
const SLICES_A_STORE = 24;

describe('memberships stored while much is counted', () => {
  let redis: TestRedis;
  let es: Es;
  const opened: { close(): Promise<void> }[] = [];
  before(async () => {
    redis = await startRedis();
    // Every HyperLogLog is as large as it gets, however few users it has.
    await redis.client.config('SET', 'hll-sparse-max-bytes', '0');
    for (let daysAgo = 0; daysAgo < DAYS; daysAgo += 1) {
      const day = new Date(Date.now() - daysAgo * 86_400_000).toISOString().slice(0, 10);
      const pipeline = redis.client.pipeline();
      for (const segment of SEGMENTS) pipeline.pfadd(`es:{${segment}}:${day}`, `u${daysAgo}`);
      await pipeline.exec();
    }
    es = await startEs(esConfig(redis.url));
    opened.push(redis, es);
    await es.ready;
  });
  after(async () => {
    for (const one of opened.reverse()) await one.close();
  });

  /** How often Redis has carried out a command. */
  const made = async (command: string) => {
    const stats = await redis.client.info('commandstats');
    return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
  };

  /** How many slices Redis has read. */
  const slicesRead = async () => {
    const samples = await made('dump');
    return ((await made('pfcount')) - samples) / SEGMENTS_IN_SLICE + samples / DAYS;
  };

  /** Stores one after the other while others count all the time; how many slices there were for each. */
  async function slicesPerStore(base: string): Promise<number> {
    let stopped = false;
    const body = { segments: SEGMENTS, days: DAYS };
    const counting = Array.from({ length: 16 }, async () => {
      while (!stopped) expect((await send(base, '/counts', { body })).status).to.equal(200);
    });
    const before = await made('pfcount');
    while ((await made('pfcount')) < before + 500) await new Promise(setImmediate);
    const start = await slicesRead();
    for (let user = 0; user < STORES; user += 1) {
      const { status } = await send(base, '/segment', {
        body: { segment: 'w', user_id: `${user}` },
      });
      expect(status).to.equal(202);
      expect((await send(base, '/readyz')).status).to.equal(200);
    }
    const slices = (await slicesRead()) - start;
    stopped = true;
    await Promise.all(counting);
    return slices / STORES;
  }

  it('wait for a few of the counts only (at ES)', async () => {
    expect(await slicesPerStore(`http://127.0.0.1:${es.httpPort}`)).to.be.below(SLICES_A_STORE);
  });

  it('wait for a few of the counts only (at USS)', async () => {
    const uss = await startUss(ussConfig(es.grpcPort));
    opened.push(uss);
    await uss.ready;
    expect(await slicesPerStore(`http://127.0.0.1:${uss.httpPort}`)).to.be.below(SLICES_A_STORE);
  });

  it('do not wait for a read that has no answer yet', async () => {
    const server = await startRedisServer();
    const proxy = await startFaultProxy(server.port);
    const reads = new Redis({ port: proxy.port });
    try {
      const estimator = createEstimator({
        redis: server.client,
        reads,
        windowDays: 14,
        now: Date.now,
      });
      const group = { segment: 's', day: utcDay(Date.now()), userIds: ['u'] };
      await reads.ping();
      proxy.fault({ hole: true });
      const asked = [
        estimator.count(['s']),
        estimator.count(['s'], DAYS),
        estimator.reader.sketch('s', group.day, 14),
        estimator.reader.dailyBuckets('s', group.day),
        estimator.reader.countKnown(),
        estimator.reader.known().next(),
      ];
      await estimator.store([group]);
      await estimator.catchUp();
      proxy.fault({});
      await Promise.all(asked);
      expect(await estimator.count(['s'])).to.deep.equal(new Map([['s', 1]]));
    } finally {
      reads.disconnect();
      await proxy.close();
      await server.close();
    }
  });
});
