import { type ChannelModel, type ConfirmChannel, connect, type Options } from 'amqplib';
import { expect } from 'chai';
import { utcDay } from '../../src/domain/utc-day.js';
import { encodeQueuedBatch } from '../../src/es/queue/batch.js';
import { type Es, startEs } from '../../src/es/service.js';
import { StoreBatchRequest } from '../../src/generated/segment.js';
import {
  batchProperties,
  DEAD_LETTER_LIMIT,
  declareQueues,
  REASON_HEADER,
} from '../../src/rabbitmq/queues.js';
import { countOf, send } from '../support/http.js';
import { startCommand } from '../support/process.js';
import { type RabbitmqServer, startRabbitmqServer } from '../support/rabbitmq-server.js';
import { esConfig, startRedis, type TestRedis } from '../support/system.js';
import { until } from '../support/until.js';

const NONSENSE = Buffer.from('nonsense');

describe('Dead letters', function () {
  this.timeout(60_000);
  let broker: RabbitmqServer;
  let redis: TestRedis;
  let connection: ChannelModel;
  let channel: ConfirmChannel;
  let queue = '';
  let es: Es | undefined;

  before(async () => {
    [broker, redis] = await Promise.all([startRabbitmqServer(), startRedis()]);
    for (const [setting, ms] of [
      // How soon RabbitMQ tries again to move what the dead letters had no room for; 3 minutes by itself.
      ['dead_letter_worker_publisher_confirm_timeout', 500],
      // How soon it knows how many messages there are; 5 seconds by itself.
      ['quorum_tick_interval', 200],
    ]) {
      await broker.control('eval', `application:set_env(rabbit, ${setting}, ${ms}).`);
    }
  });
  after(async () => {
    await Promise.all([broker.close(), redis.close()]);
  });
  beforeEach(async () => {
    connection = await connect(broker.url);
    connection.on('error', () => {});
    channel = await connection.createConfirmChannel();
    queue = `test-${Date.now()}`;
    expect(await declareQueues(connection, queue)).to.equal(true);
    await redis.client.flushall();
  });
  afterEach(async () => {
    await es?.close();
    es = undefined;
    await connection.close();
  });

  async function open(more: object = {}): Promise<string> {
    const rabbitmq = { url: broker.url, queue, timeoutMs: 3_000 };
    es = await startEs(esConfig(redis.url, { rabbitmq, ...more }));
    await es.ready;
    return `http://127.0.0.1:${es.httpPort}`;
  }
  async function put(content: Buffer, more: Options.Publish = {}, target = queue): Promise<void> {
    channel.sendToQueue(target, content, { ...batchProperties(Date.now()), ...more });
    await channel.waitForConfirms();
  }
  const batchOf = (segment: string, userId = 'a') => {
    return encodeQueuedBatch([{ segment, day: utcDay(Date.now()), userIds: [userId] }]);
  };
  const letters = async () => (await channel.checkQueue(`${queue}.dead`)).messageCount;
  const metric = async (base: string, name: string) => {
    const { text } = await send(base, '/metrics');
    const lines = text.split('\n').filter((line) => line.startsWith(`${name} `));
    return Number(lines[0]?.slice(name.length));
  };
  /** What `npm run dead-letters` prints. */
  async function run(command: string): Promise<string> {
    const script = ['scripts/run.mjs', 'dead-letters', command, '--queue', queue];
    const env = { ES_RABBITMQ_URL: broker.url };
    const running = startCommand([process.execPath, ...script], env);
    expect((await running.exited).code, running.output()).to.equal(0);
    return running.output();
  }

  it('are what can never be stored, while the rest goes on', async () => {
    const base = await open();
    await put(NONSENSE);
    await put(batchOf('s'), { contentType: 'text/plain' });
    for (const segment of ['a\u0000b', '..']) await put(batchOf(segment));
    await put(batchOf('s'));
    await until(async () => (await countOf(base, 's')) === 1);
    await until(async () => (await letters()) === 4);
    const reasons: string[] = [];
    for (let left = 4; left > 0; left -= 1) {
      const letter = await channel.get(`${queue}.dead`);
      if (letter !== false) reasons.push(letter.properties.headers?.[REASON_HEADER]);
    }
    expect(reasons).to.have.members([
      'the body is no StoreBatchRequest',
      'content type must be application/x-protobuf',
      'segment must not contain control characters',
      'segment must not be . or .., which clients take out of paths; use another name',
    ]);
    await until(
      async () => (await metric(base, 'segmentation_rabbitmq_dead_letter_messages')) === 0,
    );
    expect((await send(base, '/readyz')).json.queue).to.deep.include({ messages: 0 });
  });

  it('are what finds no room in a batch, while the rest of it is stored', async () => {
    const base = await open({ maxSegments: 1 });
    const groups = ['s', 'x', 'y'].map((segment) => ({
      ...{ segment, day: utcDay(Date.now()), userIds: ['a'] },
    }));
    await put(encodeQueuedBatch(groups));
    await until(async () => (await letters()) === 1);
    expect(await countOf(base, 's')).to.equal(1);
    const letter = await channel.get(`${queue}.dead`);
    if (letter === false) throw new Error('there is no dead letter');
    expect(letter.properties.headers?.[REASON_HEADER]).to.match(/^2 memberships.*ES_MAX_SEGMENTS/);
    expect(StoreBatchRequest.decode(letter.content).packed?.segments).to.equal('x\ny');
    expect((await channel.checkQueue(queue)).messageCount).to.equal(0);
  });

  it('are shown, and sent again', async () => {
    const base = await open();
    const more = { headers: { [REASON_HEADER]: 'a bug' } };
    await put(NONSENSE, more, `${queue}.dead`);
    await put(batchOf('s'), more, `${queue}.dead`);
    for (let look = 0; look < 2; look += 1) {
      const shown = await run('list');
      expect(shown).to.match(/^2 dead letters/);
      expect(shown).to.match(/8 bytes {2}not decodable {2}a bug/);
      expect(shown).to.match(/1 memberships {2}a bug/);
    }
    expect(await run('retry')).to.equal('2 dead letters sent again');
    await until(async () => (await countOf(base, 's')) === 1);
    await until(async () => (await letters()) === 1);
    expect(await run('list')).to.match(/the body is no StoreBatchRequest/);
  });

  it('are shown on a line each, whatever is in them, without anything a terminal would obey', async () => {
    const reasons = [
      ...[
        '\u001b[2J\u001b]0;title\u0007',
        'a\r\nb\u2028c',
        '\u202egnp.exe',
        '\u009b31m',
        '\u200b\u00ad',
      ],
      ...[{ toString: 'no function', '\u001b[31m': 1 }, [1, true], 7, null, 'x'.repeat(5_000)],
    ];
    for (const reason of reasons) {
      await put(
        NONSENSE,
        { timestamp: 2 ** 52, headers: { [REASON_HEADER]: reason } },
        `${queue}.dead`,
      );
    }
    const lines = (await run('list')).split('\n');
    expect(lines).to.have.length(1 + reasons.length);
    for (const line of lines) {
      expect(line).not.to.match(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      expect(line.length).to.be.below(700);
    }
    expect(lines[1]).to.match(/unknown time {2}8 bytes {2}not decodable {2}\\u\{1b\}\[2J/);
  });

  it('hold up nothing and lose nothing at their limit', async () => {
    const [limit, sent] = [5, 30];
    await broker.control('set_policy', 'few', `^${queue}.dead$`, `{"max-length":${limit}}`);
    const base = await open();
    const kept = async () => {
      const listed = await broker.control('list_queues', '--quiet', 'name', 'messages');
      const counts = [...listed.matchAll(/^(\S+)\s+(\d+)$/gm)];
      const own = counts.filter(([, name]) => name?.startsWith(queue));
      return own.reduce((sum, [, , messages]) => sum + Number(messages), 0);
    };
    const heldBack = () =>
      metric(base, 'segmentation_rabbitmq_consumed_messages_total{outcome="held_back"}');
    expect(await heldBack()).to.equal(0);
    for (let index = 0; index < sent; index += 1) {
      await put(NONSENSE);
      await put(batchOf('s', `user ${index}`));
    }
    await until(async () => (await countOf(base, 's')) === sent);
    await until(async () => (await heldBack()) > 0);
    await until(async () => (await kept()) === sent);
    expect(await letters()).to.be.within(limit, limit + 10);
    expect((await send(base, '/readyz')).status).to.equal(200);

    await es?.close();
    es = undefined;
    let seen = 0;
    await until(async () => {
      if ((await channel.get(`${queue}.dead`, { noAck: true })) !== false) seen += 1;
      return seen === sent;
    });
    await until(async () => (await kept()) === 0);
  });

  it('of an earlier version go on without a limit, which ES says', async () => {
    const listed = await broker.control('list_queues', '--quiet', 'name', 'arguments');
    const line = listed.split('\n').find((one) => one.startsWith(`${queue}.dead`));
    expect(line).to.contain(`{"x-max-length",${DEAD_LETTER_LIMIT.messages}}`);
    expect(line).to.contain(`{"x-max-length-bytes",${DEAD_LETTER_LIMIT.bytes}}`);

    queue = `${queue}-old`;
    const old = { 'x-queue-type': 'quorum', 'x-delivery-limit': 1_000_000_000 };
    await channel.assertQueue(`${queue}.dead`, { durable: true, arguments: old });
    expect(await declareQueues(connection, queue)).to.equal(false);
    await open();
    await put(NONSENSE);
    await until(async () => (await letters()) === 1);
  });
});
