import { expect } from 'chai';
import { Redis } from 'ioredis';
import { groupMemberships } from '../../src/domain/membership-groups.js';
import { createEstimator, type Estimator } from '../../src/es/estimator.js';
import type { EstimatorOptions } from '../../src/es/estimator-options.js';
import { startFaultProxy } from '../support/fault-proxy.js';
import { type RedisServer, startRedisServer } from '../support/redis-server.js';
import { untilConnected } from '../support/system.js';
import { until } from '../support/until.js';

const SEGMENTS = Array.from({ length: 50 }, (_, index) => `s${index}`);

describe('What was stored last', () => {
  const opened: { close(): unknown }[] = [];
  afterEach(async () => {
    for (const one of opened.splice(0).reverse()) await one.close();
  });

  async function startServer(settings: Record<string, string> = {}): Promise<RedisServer> {
    const server = await startRedisServer(settings);
    opened.push(server);
    return server;
  }
  /** ES's way to a Redis, which has looked at it once. */
  async function open(server: RedisServer, more: Partial<EstimatorOptions> = {}) {
    const redis = new Redis({
      port: server.port,
      maxRetriesPerRequest: 0,
      retryStrategy: () => 20,
      commandTimeout: 2_000,
    });
    redis.on('error', () => {});
    opened.push({ close: () => redis.disconnect() });
    await untilConnected(redis);
    const es = createEstimator({ redis, windowDays: 14, now: Date.now, ...more });
    await es.catchUp();
    return { es, redis };
  }
  const store = (es: Estimator, userId: string, segments = SEGMENTS) =>
    es.store(
      groupMemberships(segments.map((segment) => ({ segment, userId, occurredAt: Date.now() }))),
    );
  const countsOf = async (es: Estimator) => [...(await es.count(SEGMENTS)).values()];
  const follows = (server: RedisServer) =>
    until(async () => (await server.client.info('replication')).includes('master_link_status:up'));
  async function startPair(): Promise<[primary: RedisServer, replica: RedisServer]> {
    const primary = await startServer();
    const replica = await startServer({ replicaof: `127.0.0.1 ${primary.port}` });
    await follows(replica);
    return [primary, replica];
  }
  const alone = (server: RedisServer) => server.client.call('REPLICAOF', 'NO', 'ONE');

  it('does not come back with a segment that another has deleted', async () => {
    const server = await startServer();
    const [one, other] = [await open(server), await open(server)];
    await store(one.es, 'a');
    const [kept, ...deleted] = SEGMENTS as [string, ...string[]];
    for (const segment of deleted) await other.es.remove(segment);
    await store(other.es, 'b', deleted.slice(0, 10));
    const back = untilConnected(one.redis);
    // In order: a Redis that crashes may lose what it has not written yet, deletions as well.
    await server.kill('SIGTERM');
    await server.start();
    await back;
    await one.es.catchUp();
    const counts = await one.es.count(SEGMENTS);
    expect(counts.get(kept)).to.equal(1);
    for (const [index, segment] of deleted.entries()) {
      expect(counts.get(segment), segment).to.equal(index < 10 ? 1 : 0);
    }
  });

  it('is not taken along by a DELETE that the network has held back', async () => {
    const server = await startServer();
    const proxy = await startFaultProxy(server.port);
    opened.push(proxy);
    const cut = await open({ ...server, port: proxy.port }, { timeoutMs: 300 });
    const { es } = await open(server);
    await store(es, 'before');
    proxy.fault({ hole: true });
    const removing = SEGMENTS.map((segment) => cut.es.remove(segment));
    const outcomes = await Promise.allSettled(removing);
    expect(outcomes.every(({ status }) => status === 'rejected')).to.equal(true);
    await store(es, 'after');
    proxy.fault({});
    // Behind all of them on its connection.
    await cut.redis.ping();
    expect(await countsOf(es)).to.deep.equal(SEGMENTS.map(() => 2));
  });

  it('is stored again where a server has kept its run id and lost its data', async () => {
    const [server, empty] = [await startServer(), await startServer()];
    const { es } = await open(server);
    await store(es, 'a');
    await server.client.replicaof('127.0.0.1', empty.port);
    await follows(server);
    expect(await server.client.dbsize()).to.equal(0);
    await alone(server);
    await es.catchUp();
    expect(await countsOf(es)).to.deep.equal(SEGMENTS.map(() => 1));
  });

  it('is remembered as long as no replica has it, and then no more is taken', async () => {
    const [server, replica] = await startPair();
    const limits = { unreplicatedMaxBytes: 200_000, whenUnreplicated: 'refuse' };
    const { es } = await open(server, limits);
    // The partition: the replica hears nothing more, and is the primary on its side.
    await alone(replica);
    let refusal: { kind: string; message: string } | undefined;
    for (let user = 0; refusal === undefined; user += 1) {
      await store(es, `u${user}`).catch((error) => {
        refusal = error;
      });
      await es.catchUp();
    }
    expect(refusal.kind).to.equal('unavailable');
    expect(refusal.message).to.match(/^no replica/);
    expect(es.atStake().bytes).to.be.at.least(190_000);
    const before = await countsOf(es);

    // Healed: the old primary follows the new one, which has none of it, and is the primary again then.
    await server.client.replicaof('127.0.0.1', replica.port);
    await follows(server);
    await alone(server);
    await replica.client.replicaof('127.0.0.1', server.port);
    await follows(replica);
    await es.catchUp();
    expect(await countsOf(es)).to.deep.equal(before);
    await until(async () => {
      await es.catchUp();
      return es.atStake().bytes === 0;
    });
    await store(es, 'after');
  });

  it('is forgotten beyond its bound where that is wanted, and how much is told', async () => {
    const [server, replica] = await startPair();
    const limits = { unreplicatedMaxBytes: 50_000, whenUnreplicated: 'go-on' };
    const { es } = await open(server, limits);
    await alone(replica);
    for (let user = 0; es.atStake().dropped === 0; user += 1) await store(es, `u${user}`);
    await store(es, 'after');
    await es.catchUp();
    expect(es.atStake().bytes).to.be.at.most(60_000);
  });
});
