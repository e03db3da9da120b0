import { expect } from 'chai';
import { createEstimator, type Estimator, type EstimatorOptions } from '../../src/es/estimator.js';
import { createRedis, type RedisClient } from '../../src/es/redis/connection.js';
import { formatUtcDay, utcDay } from '../../src/shared/utc-day.js';
import { type HeldProxy, startHeldProxy } from '../support/held-proxy.js';
import { type RedisServer, startRedisServer } from '../support/redis-server.js';
import { until } from '../support/until.js';

const TIMEOUT_MS = 300;

describe('A command that comes to Redis late', () => {
  const day = utcDay(Date.now());
  const bucket = `es:{s}:${formatUtcDay(day)}`;
  let server: RedisServer;
  let proxy: HeldProxy;
  let redis: RedisClient;
  before(async () => {
    server = await startRedisServer();
  });
  after(() => server.close());
  beforeEach(async () => {
    await server.client.flushall();
    proxy = await startHeldProxy(server.port);
    redis = createRedis({
      ...{ mode: 'single', url: `redis://127.0.0.1:${proxy.port}`, timeoutMs: TIMEOUT_MS },
      ...{ masterName: '', sentinelPassword: '' },
    });
    await redis.connect();
  });
  afterEach(() => {
    redis.disconnect();
    proxy.close();
  });

  const estimator = (more: Partial<EstimatorOptions> = {}) =>
    createEstimator({ redis, windowDays: 14, now: Date.now, timeoutMs: TIMEOUT_MS, ...more });
  const store = (es: Estimator, ...userIds: string[]) => es.store([{ segment: 's', day, userIds }]);
  const kindOf = (work: Promise<unknown>) =>
    work.then(
      () => 'done',
      ({ kind }) => kind,
    );
  const isReady = () => until(async () => (await redis.ping().catch(() => '')) === 'PONG');
  /** Lets what was held go once its deadline is over. */
  async function releaseLate(): Promise<void> {
    const [seconds] = await server.client.time();
    await until(async () => Number((await server.client.time())[0]) > Number(seconds) + 1);
    await proxy.release();
  }

  it('deletes nothing that was stored meanwhile', async () => {
    const es = estimator();
    await store(es, 'first');
    proxy.hold('in');
    expect(await kindOf(es.remove('s'))).to.equal('unavailable');
    await isReady();
    const users = Array.from({ length: 200 }, (_, index) => `user ${index}`);
    for (const user of users) await store(es, user);
    await releaseLate();
    for (const user of users) expect(await server.client.pfadd(bucket, user)).to.equal(0);
  });

  it('stores nothing, for nobody waits any more', async () => {
    const es = estimator();
    await store(es, 'first');
    proxy.hold('in');
    expect(await kindOf(store(es, 'late'))).to.equal('unavailable');
    await isReady();
    await releaseLate();
    expect(await server.client.pfcount(bucket)).to.equal(1);
  });

  it('is refused by the clock of Redis, not that of ES', async () => {
    const es = estimator({ redisNow: () => Date.now() - 60_000 });
    expect(await kindOf(store(es, 'u'))).to.equal('unavailable');
    expect(await kindOf(es.remove('s'))).to.equal('unavailable');
    expect(await server.client.dbsize()).to.equal(0);
  });

  it('has its connection closed at once, and the next one serves', async () => {
    const es = estimator();
    await store(es, 'first');
    const closed = new Promise((resolve) => redis.once('close', resolve));
    proxy.hold('in');
    expect(await kindOf(store(es, 'held'))).to.equal('unavailable');
    await closed;
    await isReady();
    expect(await kindOf(store(es, 'next'))).to.equal('done');
  });

  it('is remembered where its answer was lost, though what is sent again changes nothing', async () => {
    const es = estimator();
    await store(es, 'first');
    await es.catchUp();
    proxy.hold('out');
    expect(await kindOf(store(es, 'unanswered'))).to.equal('unavailable');
    await isReady();
    await store(es, 'unanswered');
    await server.kill();
    await server.start();
    await server.client.flushall();
    await until(async () => (await es.catchUp().catch((error) => error)) === undefined);
    for (const user of ['first', 'unanswered']) {
      expect(await server.client.pfadd(bucket, user), user).to.equal(0);
    }
  });
});
