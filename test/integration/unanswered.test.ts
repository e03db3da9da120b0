import { expect } from 'chai';
import type { Redis } from 'ioredis';
import { formatUtcDay, utcDay } from '../../src/domain/utc-day.js';
import { createEstimator, type Estimator } from '../../src/es/estimator.js';
import { createRedis } from '../../src/es/redis/connection/connect.js';
import { keepConnection } from '../../src/es/redis/connection/keep-connection.js';
import { messageOf } from '../../src/telemetry/describe-error.js';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.js';
import { type RedisServer, startRedisServer } from '../support/redis-server.js';
import { untilConnected } from '../support/system.js';
import { until } from '../support/until.js';

const TIMEOUT_MS = 300;

describe('A command that Redis did not answer in time', () => {
  const day = utcDay(Date.now());
  const bucket = `es:{s}:${formatUtcDay(day)}`;
  let server: RedisServer;
  let proxy: FaultProxy;
  let redis: Redis;
  let es: Estimator;
  before(async () => {
    server = await startRedisServer({ 'enable-debug-command': 'yes' });
  });
  after(() => server.close());
  beforeEach(async () => {
    await server.client.flushall();
    proxy = await startFaultProxy(server.port);
    redis = createRedis({
      mode: 'single',
      url: `redis://127.0.0.1:${proxy.port}`,
      timeoutMs: TIMEOUT_MS,
      masterName: '',
      sentinelPassword: '',
    }) as Redis;
    await redis.connect();
    es = createEstimator({
      redis,
      windowDays: 14,
      now: Date.now,
      timeoutMs: TIMEOUT_MS,
      waitTimeoutMs: 100,
    });
    await es.catchUp();
    await store('first');
  });
  afterEach(async () => {
    redis.disconnect();
    await proxy.close();
  });

  const store = (...userIds: string[]) => es.store([{ segment: 's', day, userIds }]);
  const kindOf = (work: Promise<unknown>) =>
    work.then(
      () => 'done',
      ({ kind }) => kind,
    );
  const caughtUp = () =>
    until(async () => (await es.catchUp().catch((error) => error)) === undefined);

  it('has its connection closed at once, and the next one serves', async () => {
    const closed = new Promise((resolve) => redis.once('close', resolve));
    proxy.moveHost();
    expect(await kindOf(store('held'))).to.equal('unavailable');
    await closed;
    await until(async () => (await kindOf(store('next'))) === 'done');
  });

  it('is what the check of Redis says of the connection that it cost', async () => {
    const keep = keepConnection(redis, TIMEOUT_MS);
    proxy.fault({ hole: true });
    expect(await kindOf(store('held'))).to.equal('unavailable');
    expect(await keep(() => redis.ping()).catch(messageOf)).to.equal('Command timed out');
  });

  it('is remembered, though what is sent again changes nothing', async () => {
    proxy.moveHost('toClient');
    const back = untilConnected(redis);
    expect(await kindOf(store('unanswered'))).to.equal('unavailable');
    await back;
    expect(await server.client.pfadd(bucket, 'unanswered')).to.equal(0);
    expect(await kindOf(store('unanswered'))).to.equal('done');
    await server.client.flushall();
    await server.client.call('DEBUG', 'CHANGE-REPL-ID');
    await caughtUp();
    for (const user of ['first', 'unanswered']) {
      expect(await server.client.pfadd(bucket, user), user).to.equal(0);
    }
  });

  it('is not remembered where it was not sent', async () => {
    const closed = new Promise((resolve) => redis.once('close', resolve));
    proxy.fault({ hole: true });
    proxy.reset();
    await closed;
    const before = es.atStake();
    expect(await kindOf(store('unsent'))).to.equal('unavailable');
    expect(es.atStake()).to.deep.equal(before);
    proxy.fault({});
    await until(async () => (await kindOf(store('next'))) === 'done');
    await server.client.flushall();
    await server.client.call('DEBUG', 'CHANGE-REPL-ID');
    await caughtUp();
    expect(await server.client.pfadd(bucket, 'unsent')).to.equal(1);
  });

  it('keeps nothing else from being stored again, where a bucket is damaged by now', async () => {
    await es.store([{ segment: 'other', day, userIds: ['u'] }]);
    await server.client.flushall();
    await server.client.set(bucket, 'text', 'EX', 100);
    await server.client.set('es:{other}:deleted', 'text', 'EX', 100);
    await server.client.call('DEBUG', 'CHANGE-REPL-ID');
    await caughtUp();
    expect(await es.count(['other'])).to.deep.equal(new Map([['other', 1]]));
  });

  it('to delete is not sent while no replica can have it', async () => {
    const replica = await startRedisServer({ replicaof: `127.0.0.1 ${server.port}` });
    await until(async () => /state=online/.test(await server.client.info('replication')));
    await es.catchUp();
    await until(async () => (await kindOf(es.remove('s'))) === 'done');
    expect(await server.client.exists(bucket)).to.equal(0);
    await store('later');
    await replica.close();
    await until(async () => /connected_slaves:0/.test(await server.client.info('replication')));
    await es.catchUp();
    expect(await kindOf(es.remove('s'))).to.equal('unavailable');
    expect(await server.client.exists(bucket)).to.equal(1);
  });
});
