import { type ChannelModel, type ConfirmChannel, connect } from 'amqplib';
import { expect } from 'chai';
import { type RabbitmqServer, startRabbitmqServer } from '../../scripts/testbed/rabbitmq-server.js';
import { formatUtcDay, utcDay } from '../../src/domain/utc-day.js';
import { encodeQueuedBatch } from '../../src/es/queue/batch.js';
import { type Es, startEs } from '../../src/es/service.js';
import { batchProperties, declareQueues, retryQueue } from '../../src/rabbitmq/queues.js';
import { countOf, send } from '../support/http.js';
import { esConfig, startRedis, type TestRedis } from '../support/system.js';
import { until } from '../support/until.js';

/** More than are in hand at once. */
const MESSAGES = 30;

describe('What cannot be stored by no fault of its own', () => {
  let broker: RabbitmqServer;
  let redis: TestRedis;
  let connection: ChannelModel;
  let channel: ConfirmChannel;
  let queue = '';
  let es: Es | undefined;

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
    await es?.close();
    es = undefined;
    await connection.close();
  });

  async function open(): Promise<string> {
    const rabbitmq = { url: broker.url, queue, timeoutMs: 3_000 };
    es = await startEs(esConfig(redis.url, { rabbitmq }));
    await es.ready;
    return `http://127.0.0.1:${es.httpPort}`;
  }
  async function put(segments: readonly string[], userId: string): Promise<void> {
    const groups = segments.map((segment) => ({
      segment,
      day: utcDay(Date.now()),
      userIds: [userId],
    }));
    channel.sendToQueue(queue, encodeQueuedBatch(groups), batchProperties(Date.now()));
    await channel.waitForConfirms();
  }
  const bucketOf = (segment: string) => `es:{${segment}}:${formatUtcDay(utcDay(Date.now()))}`;
  const waiting = async (name: string) => (await channel.checkQueue(name)).messageCount;
  const setApart = async (base: string) =>
    (await send(base, '/readyz')).json.queue.set_apart as number;

  it('waits apart while all others are stored, and is stored once it can be', async () => {
    await redis.client.set(bucketOf('broken'), 'x');
    const base = await open();
    for (let message = 0; message < MESSAGES; message += 1)
      await put(['broken'], `user ${message}`);
    for (let message = 0; message < MESSAGES; message += 1) await put(['good'], `user ${message}`);
    await until(async () => (await countOf(base, 'good')) === MESSAGES);
    await until(async () => (await setApart(base)) > 0);
    expect((await send(base, '/metrics')).text).to.match(
      /^segmentation_rabbitmq_retry_messages [1-9]/m,
    );

    await redis.client.del(bucketOf('broken'));
    await until(async () => (await countOf(base, 'broken')) === MESSAGES);
    await until(async () => (await waiting(retryQueue(queue))) === 0);
    expect(await waiting(`${queue}.dead`)).to.equal(0);
  });

  it('is kept by RabbitMQ when ES ends', async () => {
    await redis.client.set(bucketOf('broken'), 'x');
    let base = await open();
    for (let message = 0; message < MESSAGES; message += 1)
      await put(['broken'], `user ${message}`);
    await until(async () => (await setApart(base)) > 0);
    await es?.close();
    await until(
      async () => (await waiting(queue)) + (await waiting(retryQueue(queue))) >= MESSAGES,
    );
    await redis.client.del(bucketOf('broken'));
    base = await open();
    await until(async () => (await countOf(base, 'broken')) === MESSAGES);
  });

  it('goes on after a queue was at its limit, as soon as it is not', async () => {
    await broker.control('set_policy', 'few', `^${queue}.retry$`, '{"max-length":2}');
    await redis.client.set(bucketOf('broken'), 'x');
    const base = await open();
    for (let message = 0; message < MESSAGES; message += 1)
      await put(['broken'], `user ${message}`);
    await until(async () => (await waiting(retryQueue(queue))) >= 2);
    await broker.control('clear_policy', 'few');
    await redis.client.del(bucketOf('broken'));
    await until(async () => (await countOf(base, 'broken')) === MESSAGES);
    expect(await waiting(`${queue}.dead`)).to.equal(0);
  });
});
