import { type ChannelModel, type ConfirmChannel, connect, type Options } from 'amqplib';
import { expect } from 'chai';
import { type RabbitmqServer, startRabbitmqServer } from '../../scripts/testbed/rabbitmq-server.js';
import { utcDay } from '../../src/domain/utc-day.js';
import { encodeQueuedBatch } from '../../src/es/queue/batch.js';
import { type Es, startEs } from '../../src/es/service.js';
import { batchProperties, declareQueues } from '../../src/rabbitmq/queues.js';
import { send } from './http.js';
import { esConfig, startRedis, type TestRedis } from './system.js';

/** The body of a message that can never be stored. */
export const NONSENSE = Buffer.from('nonsense');

/** A batch with one membership of today, as a message has it. */
export function batchOf(segment: string, userId = 'a'): Buffer {
  return encodeQueuedBatch([{ segment, day: utcDay(Date.now()), userIds: [userId] }]);
}

/** A queue of memberships with its dead letters, and the ES that consumes it. */
export interface DeadLetterSystem {
  broker: RabbitmqServer;
  connection: ChannelModel;
  channel: ConfirmChannel;
  /** The name of the queue; another one for each test. */
  queue: string;
  /** Starts the ES. @returns the base URL of its REST */
  open(more?: object): Promise<string>;
  closeEs(): Promise<void>;
  /** Puts a message into the queue, or into another one. */
  put(content: Buffer, more?: Options.Publish, target?: string): Promise<void>;
  /** How many dead letters there are. */
  letters(): Promise<number>;
  /** The value of a metric of ES. */
  metric(base: string, name: string): Promise<number>;
}

/** Has tests share a RabbitMQ and a Redis; each has a queue and an ES of its own. */
export function describeDeadLetters(title: string, tests: (system: DeadLetterSystem) => void) {
  describe(title, () => {
    let redis: TestRedis;
    let es: Es | undefined;
    const system = {
      async open(more: object = {}) {
        const rabbitmq = { url: system.broker.url, queue: system.queue, timeoutMs: 3_000 };
        es = await startEs(esConfig(redis.url, { rabbitmq, ...more }));
        await es.ready;
        return `http://127.0.0.1:${es.httpPort}`;
      },
      async closeEs() {
        await es?.close();
        es = undefined;
      },
      async put(content, more = {}, target = system.queue) {
        const properties = { ...batchProperties(Date.now()), ...more };
        system.channel.sendToQueue(target, content, properties);
        await system.channel.waitForConfirms();
      },
      async letters() {
        return (await system.channel.checkQueue(`${system.queue}.dead`)).messageCount;
      },
      async metric(base, name) {
        const { text } = await send(base, '/metrics');
        const lines = text.split('\n').filter((line) => line.startsWith(`${name} `));
        return Number(lines[0]?.slice(name.length));
      },
    } as DeadLetterSystem;

    before(async () => {
      [system.broker, redis] = await Promise.all([startRabbitmqServer(), startRedis()]);
      for (const [setting, ms] of [
        // How soon RabbitMQ tries again to move what the dead letters had no room for; 3 minutes by itself.
        ['dead_letter_worker_publisher_confirm_timeout', 500],
        // How soon it knows how many messages there are; 5 seconds by itself.
        ['quorum_tick_interval', 200],
      ]) {
        await system.broker.control('eval', `application:set_env(rabbit, ${setting}, ${ms}).`);
      }
    });
    after(async () => {
      await Promise.all([system.broker.close(), redis.close()]);
    });
    let queues = 0;
    beforeEach(async () => {
      system.connection = await connect(system.broker.url);
      system.connection.on('error', () => {});
      system.channel = await system.connection.createConfirmChannel();
      queues += 1;
      system.queue = `test-${queues}`;
      expect(await declareQueues(system.connection, system.queue)).to.equal(true);
      await redis.client.flushall();
    });
    afterEach(async () => {
      await system.closeEs();
      await system.connection.close();
    });

    tests(system);
  });
}
