import { expect } from 'chai';
import { Redis } from 'ioredis';
import { createEstimator, type EstimatorOptions } from '../../src/es/estimator.js';
import { Failure } from '../../src/shared/failure.js';
import { utcDay } from '../../src/shared/utc-day.js';
import { cutOff, type RedisServer, startRedisServer } from '../support/redis-server.js';
import { until } from '../support/until.js';

const users = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => `user ${from + index}`);

describe('What no replica has', function () {
  this.timeout(60_000);
  const opened: (() => Promise<void> | void)[] = [];
  let now = Date.now();
  beforeEach(() => {
    now = Date.now();
  });
  afterEach(async () => {
    for (const close of opened.splice(0).reverse()) await close();
  });

  async function server(settings: Record<string, string> = {}): Promise<RedisServer> {
    const one = await startRedisServer({ 'enable-debug-command': 'yes', ...settings });
    opened.push(() => one.close());
    return one;
  }

  /** A primary with a replica that has everything so far. */
  async function pair(): Promise<[RedisServer, RedisServer]> {
    const primary = await server();
    const replica = await server({ replicaof: `127.0.0.1 ${primary.port}` });
    await until(async () => /state=online/.test(await primary.client.info('replication')));
    return [primary, replica];
  }

  function estimator(port: number, more: Partial<EstimatorOptions> = {}) {
    const redis = new Redis({ port, maxRetriesPerRequest: 0, retryStrategy: () => 20 });
    redis.on('error', () => {});
    opened.push(() => redis.disconnect());
    const es = createEstimator({ redis, windowDays: 14, now: () => now, ...more });
    return {
      ...es,
      redis,
      es,
      store: (segment: string, userIds: string[]) =>
        es.store([{ segment, day: utcDay(now), userIds }]),
      count: async (segment: string) => (await es.count([segment])).get(segment),
    };
  }

  const caughtUp = ({ catchUp }: { catchUp(): Promise<void> }) =>
    until(async () => (await catchUp().catch((error) => error)) === undefined);

  it('is stored again on another primary, however long ago it was stored', async () => {
    const [primary, replica] = await pair();
    const es = estimator(primary.port);
    await es.store('s', users(0, 50));
    await es.catchUp();
    await cutOff(primary, replica);
    for (let from = 50; from < 200; from += 50) {
      await es.store('s', users(from, from + 50));
      // What is sent again changes nothing, and is remembered as what it was.
      await es.store('s', users(from, from + 50));
      now += 60_000;
      await es.catchUp();
    }
    expect(es.es.atStake.bytes).to.be.greaterThan(0);
    const before = await es.count('s');
    await primary.kill();
    replica.signal('SIGCONT');
    await replica.client.replicaof('NO', 'ONE');
    es.redis.options.port = replica.port;
    await caughtUp(es);
    expect(await es.count('s')).to.equal(before);
    for (const user of users(0, 200)) {
      const bucket = `es:{s}:${new Date(now).toISOString().slice(0, 10)}`;
      expect(await replica.client.pfadd(bucket, user)).to.equal(0);
    }
  });

  it('is stored again on a server that has begun anew with the data of another', async () => {
    const [primary, empty] = [await server(), await server()];
    const es = estimator(primary.port);
    await es.catchUp();
    await es.store('s', users(0, 100));
    const before = await es.count('s');
    await es.catchUp();
    await primary.client.replicaof('127.0.0.1', empty.port);
    await until(async () => (await primary.client.dbsize()) === 0);
    await primary.client.replicaof('NO', 'ONE');
    await es.catchUp();
    expect(await es.count('s')).to.equal(before);
  });

  it('is forgotten once a replica has had it for a while', async () => {
    const [primary] = await pair();
    const es = estimator(primary.port);
    await es.catchUp();
    await es.store('s', users(0, 100));
    expect(es.es.atStake.bytes).to.be.greaterThan(0);
    await until(async () => {
      await es.catchUp();
      return es.es.atStake.bytes === 0;
    });
    now += 31_000;
    await es.catchUp();
    // Nothing is left to be stored again on a server that lost everything.
    await primary.client.flushall();
    await primary.client.call('DEBUG', 'CHANGE-REPL-ID');
    await es.catchUp();
    expect(await es.count('s')).to.equal(0);
  });

  it('is what was deleted by another ES: that stays deleted', async () => {
    const redis = await server({ appendfsync: 'always' });
    const [one, other] = [estimator(redis.port), estimator(redis.port)];
    await Promise.all([one.catchUp(), other.catchUp()]);
    const names = Array.from({ length: 50 }, (_, index) => `s${index}`);
    for (const name of names) await one.store(name, users(0, 5));
    for (const name of names) await other.remove(name);
    for (const name of names.slice(0, 10)) await one.store(name, users(5, 7));
    await redis.kill();
    await redis.start();
    for (const es of [one, other]) {
      await caughtUp(es);
    }
    const counts = await Promise.all(names.map((name) => one.count(name)));
    expect(counts).to.deep.equal(names.map((_, index) => (index < 10 ? 2 : 0)));
  });

  it('keeps a segment from being deleted, that a failover would bring back', async () => {
    const [primary, replica] = await pair();
    const es = estimator(primary.port);
    await es.store('s', users(0, 5));
    await es.catchUp();
    await es.remove('s');
    expect(await es.count('s')).to.equal(0);
    await es.store('s', users(0, 5));
    await cutOff(primary, replica);
    await es.catchUp();
    const error = await es.remove('s').catch((failure) => failure);
    expect(error).to.be.instanceOf(Failure).with.property('kind', 'unavailable');
    expect(await es.count('s')).to.equal(5);
  });

  const MAX_BYTES = 10_000;
  const storeUntilMet = async (es: ReturnType<typeof estimator>, segment: string) => {
    for (let from = 0; from < 5_000; from += 50) await es.store(segment, users(from, from + 50));
  };

  it('is refused before it is written once there is too much of it, until a replica is back', async () => {
    const [primary, replica] = await pair();
    const told: boolean[] = [];
    const es = estimator(primary.port, {
      ...{ mode: 'sentinel', unreplicatedMaxBytes: MAX_BYTES },
      onBound: (isMet) => told.push(isMet),
    });
    await es.catchUp();
    await cutOff(primary, replica);
    const error = await storeUntilMet(es, 's').catch((failure) => failure);
    expect(error).to.be.instanceOf(Failure).with.property('kind', 'unavailable');
    expect(error.message).to.match(/^no replica/);
    await es.catchUp();
    const keys = await primary.client.dbsize();
    await es.store('new', ['u']).then(
      () => expect.fail('stored'),
      () => {},
    );
    expect(await primary.client.dbsize()).to.equal(keys);
    replica.signal('SIGCONT');
    await until(async () => {
      await es.catchUp();
      return es.store('new', ['u']).then(
        () => true,
        () => false,
      );
    });
    await es.catchUp();
    expect(told).to.deep.equal([true, false]);
    expect(es.es.atStake.dropped).to.equal(0);
  });

  it('is forgotten at that bound where it is to go on, and counted', async () => {
    const [primary, replica] = await pair();
    const told: boolean[] = [];
    const es = estimator(primary.port, {
      unreplicatedMaxBytes: MAX_BYTES,
      onBound: (isMet) => told.push(isMet),
    });
    await es.catchUp();
    await cutOff(primary, replica);
    await storeUntilMet(es, 's');
    await es.catchUp();
    expect(told).to.deep.equal([true]);
    expect(es.es.atStake.dropped).to.be.greaterThan(0);
    expect(es.es.atStake.bytes).to.be.at.most(MAX_BYTES);
  });
});
