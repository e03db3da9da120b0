import { type ChannelModel, type ConfirmChannel, connect } from 'amqplib';
import { expect } from 'chai';
import { type Es, startEs } from '../../src/es/service.js';
import { StoreBatchRequest } from '../../src/generated/segment.js';
import { packMemberships } from '../../src/shared/packed-memberships.js';
import { batchProperties, declareQueues, REASON_HEADER } from '../../src/shared/rabbitmq/queues.js';
import { DAY_MS, utcDay } from '../../src/shared/utc-day.js';
import { startUss, type Uss } from '../../src/uss/service.js';
import { countOf, send } from '../support/http.js';
import { countLost } from '../support/lost.js';
import { startCommand } from '../support/process.js';
import { type RabbitmqServer, startRabbitmqServer } from '../support/rabbitmq-server.js';
import { esConfig, startRedis, type TestRedis, ussConfig } from '../support/system.js';
import { until } from '../support/until.js';

describe('RabbitMQ between USS and ES', function () {
  this.timeout(60_000);
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
    await declareQueues(channel, queue);
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

  const group = { segment: 's', day: utcDay(Date.now()), userIds: ['a'] };
  const bodyOf = (groups: (typeof group)[]) => {
    const batch = { memberships: [], packed: packMemberships(groups) };
    return Buffer.from(StoreBatchRequest.encode(batch).finish());
  };

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
    await until(async () => (await metricOf(es, 'rabbitmq_consumer_lag_seconds')) === 0);
    await until(async () => (await queued()) === 0);
    await es.close();
    const single = { mode: 'single', url: redis.url, timeoutMs: 5_000 } as const;
    expect(
      await countLost({ ...single, masterName: '', sentinelPassword: '' }, memberships),
    ).to.deep.equal({ bucket: 0, window: 0 });
  });

  it('counts a membership on the day it was taken, and drops what has left the window since', async () => {
    const now = Date.now();
    const daysAgo = (days: number) => () => now - days * DAY_MS;
    const late = await openUss(1, daysAgo(3));
    const tooLate = await openUss(1, daysAgo(20));
    expect((await post(late, 's', 'late')).status).to.equal(202);
    expect((await post(tooLate, 's', 'too late')).status).to.equal(202);
    const es = await open({}, () => now);
    await until(async () => (await metricOf(es, 'memberships_expired_total')) === 1);
    await until(async () => (await countOf(urlOf(es), 's')) === 1);
    expect((await send(urlOf(es), '/segment/s?days=3')).json.user_count).to.equal(0);
    expect((await send(urlOf(es), '/segment/s?days=4')).json.user_count).to.equal(1);
  });

  it('makes a dead letter of what can never be stored, and goes on', async () => {
    const es = await open();
    const properties = batchProperties(Date.now());
    channel.sendToQueue(queue, Buffer.from('nonsense'), properties);
    channel.sendToQueue(queue, bodyOf([group]), { ...properties, contentType: 'text/plain' });
    channel.sendToQueue(queue, bodyOf([{ ...group, segment: 'a\u0000b' }]), properties);
    channel.sendToQueue(queue, bodyOf([group]), properties);
    await until(async () => (await countOf(urlOf(es), 's')) === 1);
    await until(async () => (await queued(`${queue}.dead`)) === 3);
    const reasons: string[] = [];
    for (let left = 3; left > 0; left -= 1) {
      const letter = await channel.get(`${queue}.dead`);
      if (letter !== false) reasons.push(letter.properties.headers?.[REASON_HEADER]);
    }
    expect(reasons).to.have.members([
      'the body is no StoreBatchRequest',
      'content type must be application/x-protobuf',
      'segment must not contain control characters',
    ]);
    await until(async () => (await metricOf(es, 'rabbitmq_dead_letter_messages')) === 0);
    expect((await send(urlOf(es), '/readyz')).json.queue).to.deep.include({ messages: 0 });
  });

  it('keeps what finds no room as a dead letter of its own, and stores the rest', async () => {
    const es = await open({ maxSegments: 1 });
    const groups = ['s', 'x', 'y'].map((segment) => ({ ...group, segment }));
    channel.sendToQueue(queue, bodyOf(groups), batchProperties(Date.now()));
    await until(async () => (await queued(`${queue}.dead`)) === 1);
    expect(await countOf(urlOf(es), 's')).to.equal(1);
    const letter = await channel.get(`${queue}.dead`);
    if (letter === false) throw new Error('there is no dead letter');
    expect(letter.properties.headers?.[REASON_HEADER]).to.match(/^2 memberships.*ES_MAX_SEGMENTS/);
    const { packed } = StoreBatchRequest.decode(letter.content);
    expect(packed?.segments).to.equal('x\ny');
    expect(await queued()).to.equal(0);
  });

  it('shows dead letters, and sends them again', async () => {
    const es = await open();
    const properties = { ...batchProperties(Date.now()), headers: { [REASON_HEADER]: 'a bug' } };
    channel.sendToQueue(`${queue}.dead`, Buffer.from('nonsense'), properties);
    channel.sendToQueue(`${queue}.dead`, bodyOf([group]), properties);
    await channel.waitForConfirms();
    const deadLetters = async (command: string) => {
      const script = ['scripts/dead-letters.mjs', command, '--url', broker.url, '--queue', queue];
      const running = startCommand([process.execPath, ...script], {});
      expect((await running.exited).code, running.output()).to.equal(0);
      return running.output();
    };
    for (let look = 0; look < 2; look += 1) {
      const shown = await deadLetters('list');
      expect(shown).to.match(/^2 dead letters/);
      expect(shown).to.match(/8 bytes {2}not decodable {2}a bug/);
      expect(shown).to.match(/1 memberships {2}a bug/);
    }
    expect(await deadLetters('retry')).to.equal('2 dead letters sent again');
    await until(async () => (await countOf(urlOf(es), 's')) === 1);
    await until(async () => (await queued(`${queue}.dead`)) === 1);
    expect(await deadLetters('list')).to.match(/the body is no StoreBatchRequest/);
  });

  it('lets messages wait while Redis is away', async () => {
    const es = await open();
    const uss = await openUss(es.grpcPort);
    await redis.client.call('CLIENT', 'NO-EVICT', 'ON');
    await redis.client.config('SET', 'maxmemory', '1');
    expect((await post(uss, 's', 'a')).status).to.equal(202);
    await until(async () => (await metricOf(es, 'rabbitmq_consumer_lag_seconds')) > 0);
    expect(await queued(`${queue}.dead`)).to.equal(0);
    await redis.client.config('SET', 'maxmemory', '0');
    await until(async () => (await countOf(urlOf(es), 's')) === 1);
    await until(async () => (await metricOf(es, 'rabbitmq_consumer_lag_seconds')) === 0);
    expect(await queued()).to.equal(0);
  });

  it('has several ES take from one queue', async () => {
    const [first, second] = [await open(), await open()];
    const uss = await openUss(first.grpcPort);
    const takenBy = (es: Es) =>
      metricOf(es, 'rabbitmq_consumed_messages_total{outcome="stored"}'.replace(/[{}]/g, '\\$&'));
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
