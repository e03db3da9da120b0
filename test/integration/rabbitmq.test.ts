import { type ChannelModel, type ConfirmChannel, connect } from 'amqplib';
import { expect } from 'chai';
import { type RabbitmqServer, startRabbitmqServer } from '../../scripts/testbed/rabbitmq-server.js';
import { DAY_MS } from '../../src/domain/utc-day.js';
import { type Es, startEs } from '../../src/es/service.js';
import { declareQueues } from '../../src/rabbitmq/queues.js';
import { startUss, type Uss } from '../../src/uss/service.js';
import { countLost, NOTHING_LOST } from '../support/count-lost.js';
import { countOf, send } from '../support/http.js';
import { esConfig, startRedis, type TestRedis, ussConfig } from '../support/system.js';
import { until } from '../support/until.js';

describe('RabbitMQ between USS and ES', () => {
  let broker: RabbitmqServer;
  let redis: TestRedis;
  let connection: ChannelModel;
  let channel: ConfirmChannel;
  let queue = '';
  let services: { close(): Promise<void> }[] = [];

  before(async () => {
    [broker, redis] = await Promise.all([startRabbitmqServer(), startRedis()]);
  });
  after(async () => {
    await Promise.all([broker.close(), redis.close()]);
  });
  beforeEach(async () => {
    connection = await connect(broker.url);
    connection.on('error', () => {});
    channel = await connection.createConfirmChannel();
    queue = `test-${Date.now()}`;
    await declareQueues(connection, queue);
    await redis.client.flushall();
  });
  afterEach(async () => {
    for (const service of services.reverse()) await service.close();
    services = [];
    await connection.close().catch(() => {});
  });

  const rabbitmq = () => ({ url: broker.url, queue, timeoutMs: 3_000 });
  async function open(config: object = {}, now?: () => number): Promise<Es> {
    const es = await startEs(esConfig(redis.url, { rabbitmq: rabbitmq(), ...config }), now);
    services.push(es);
    await es.ready;
    return es;
  }
  async function openUss(grpcPort = 1, now?: () => number): Promise<Uss> {
    const config = ussConfig(grpcPort, { transport: 'rabbitmq', rabbitmq: rabbitmq() });
    const uss = await startUss(config, now);
    services.push(uss);
    await uss.ready;
    return uss;
  }
  const urlOf = ({ httpPort }: { httpPort: number }) => `http://127.0.0.1:${httpPort}`;
  const post = (to: Uss, segment: string, userId: string, more: object = {}) =>
    send(urlOf(to), '/segment', { body: { segment, user_id: userId, ...more } });
  const lines = (memberships: readonly { segment: string; userId: string }[]) =>
    memberships
      .map(({ segment, userId }) => JSON.stringify({ segment, user_id: userId }))
      .join('\n');
  const metricOf = async (to: { httpPort: number }, name: string) =>
    Number(new RegExp(`^${name} (\\S+)`, 'm').exec((await send(urlOf(to), '/metrics')).text)?.[1]);
  const queued = async (name = queue) => (await channel.checkQueue(name)).messageCount;

  it('stores and counts through the queue', async () => {
    const es = await open();
    const uss = await openUss(es.grpcPort);
    expect((await post(uss, 's', 'a')).status).to.equal(202);
    const body = lines([
      { segment: 's', userId: 'a' },
      { segment: 's', userId: 'b' },
    ]);
    const headers = { 'content-type': 'application/x-ndjson' };
    expect((await send(urlOf(uss), '/segments', { body, headers })).json.accepted).to.equal(2);
    await until(async () => (await countOf(urlOf(uss), 's')) === 2);
    const old = new Date(Date.now() - 20 * DAY_MS).toISOString();
    const refused = await post(uss, 's', 'c', { occurred_at: old });
    expect(refused.status).to.equal(400);
    expect(refused.json.detail).to.match(/occurred_at/);
  });

  it('keeps everything while ES is away', async () => {
    const uss = await openUss();
    const time = Date.now();
    const memberships = Array.from({ length: 200_000 }, (_, index) => ({
      segment: `segment ${index % 40}`,
      userId: `user ${index}`,
      time,
    }));
    const headers = { 'content-type': 'application/x-ndjson' };
    const answer = await send(urlOf(uss), '/segments', { body: lines(memberships), headers });
    expect(answer.json).to.include({ accepted: 200_000, rejected: 0 });
    expect(await queued()).to.be.greaterThan(0);
    const ready = await send(urlOf(uss), '/readyz');
    expect(ready.status).to.equal(200);
    expect(ready.json.checks).to.deep.equal({ rabbitmq: 'ok', es: 'unreachable' });

    const es = await open();
    await until(
      async () => (await metricOf(es, 'segmentation_rabbitmq_consumer_lag_seconds')) === 0,
    );
    await until(async () => (await queued()) === 0);
    await es.close();
    const single = { mode: 'single', url: redis.url, timeoutMs: 5_000 } as const;
    expect(
      await countLost({ ...single, masterName: '', sentinelPassword: '' }, memberships),
    ).to.deep.equal(NOTHING_LOST);
  });

  it('counts a membership on the day it was taken, and drops what has left the window since', async () => {
    const now = Date.now();
    const daysAgo = (days: number) => () => now - days * DAY_MS;
    const late = await openUss(1, daysAgo(3));
    const tooLate = await openUss(1, daysAgo(20));
    expect((await post(late, 's', 'late')).status).to.equal(202);
    expect((await post(tooLate, 's', 'too late')).status).to.equal(202);
    const es = await open({}, () => now);
    await until(async () => (await metricOf(es, 'segmentation_memberships_expired_total')) === 1);
    await until(async () => (await countOf(urlOf(es), 's')) === 1);
    expect((await send(urlOf(es), '/segment/s?days=3')).json.user_count).to.equal(0);
    expect((await send(urlOf(es), '/segment/s?days=4')).json.user_count).to.equal(1);
  });

  it('lets messages wait while Redis is away', async () => {
    const es = await open();
    const uss = await openUss(es.grpcPort);
    await redis.client.call('CLIENT', 'NO-EVICT', 'ON');
    await redis.client.config('SET', 'maxmemory', '1');
    expect((await post(uss, 's', 'a')).status).to.equal(202);
    await until(async () => (await metricOf(es, 'segmentation_rabbitmq_consumer_lag_seconds')) > 0);
    expect(await queued(`${queue}.dead`)).to.equal(0);
    await redis.client.config('SET', 'maxmemory', '0');
    await until(async () => (await countOf(urlOf(es), 's')) === 1);
    await until(
      async () => (await metricOf(es, 'segmentation_rabbitmq_consumer_lag_seconds')) === 0,
    );
    expect(await queued()).to.equal(0);
  });

  it('has several ES take from one queue', async () => {
    const [first, second] = [await open(), await open()];
    const uss = await openUss(first.grpcPort);
    const takenBy = (es: Es) =>
      metricOf(
        es,
        'segmentation_rabbitmq_consumed_messages_total{outcome="stored"}'.replace(/[{}]/g, '\\$&'),
      );
    for (let sent = 0; sent < 50; sent += 1) await post(uss, 's', `u${sent}`);
    await until(async () => (await countOf(urlOf(first), 's')) === 50);
    await until(async () => (await takenBy(first)) + (await takenBy(second)) === 50);
    expect(await takenBy(first)).to.be.greaterThan(0);
    expect(await takenBy(second)).to.be.greaterThan(0);
  });

  it('declares the queue again when somebody has deleted it, and acknowledges nothing until then', async () => {
    const es = await open();
    const uss = await openUss(es.grpcPort);
    await channel.deleteQueue(queue);
    await until(async () => {
      const { status } = await post(uss, 's', 'a');
      expect(status).to.be.oneOf([202, 503]);
      return status === 202;
    });
    await until(async () => (await countOf(urlOf(es), 's')) === 1);
  });

  it('answers 503 while RabbitMQ takes nothing, and serves again by itself', async () => {
    const es = await open();
    const uss = await openUss(es.grpcPort);
    await broker.control('set_vm_memory_high_watermark', '0.0000001');
    await until(async () => (await post(uss, 's', 'a')).status === 503);
    const refused = await post(uss, 's', 'a');
    expect(refused.status).to.equal(503);
    expect(refused.headers['retry-after']).to.equal('1');
    await until(async () => (await send(urlOf(uss), '/readyz')).status === 503);
    await broker.control('set_vm_memory_high_watermark', '0.4');
    await until(async () => (await send(urlOf(uss), '/readyz')).status === 200);
    expect((await post(uss, 's', 'b')).status).to.equal(202);

    await broker.kill();
    await until(async () => (await send(urlOf(uss), '/readyz')).status === 503);
    expect((await post(uss, 's', 'c')).status).to.equal(503);
    expect(await countOf(urlOf(es), 's')).to.be.oneOf([1, 2]);
    await broker.start();
    await until(async () => (await send(urlOf(uss), '/readyz')).status === 200);
    expect((await post(uss, 's', 'd')).status).to.equal(202);
    await until(async () => (await countOf(urlOf(es), 's')) >= 2);
  });
});
