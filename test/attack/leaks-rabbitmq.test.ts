import { type ConfirmChannel, connect } from 'amqplib';
import { type RabbitmqServer, startRabbitmqServer } from '../../scripts/testbed/rabbitmq-server.js';
import { StoreBatchRequest } from '../../src/generated/segment.js';
import { batchProperties } from '../../src/rabbitmq/queues.js';
import { until } from '../support/until.js';
import { expectUnmarked, logFromNow } from './leaks/expect-unmarked.js';
import { breakBucket } from './leaks/failures.js';
import { MARKS } from './leaks/marks.js';
import { ask, makeRequests } from './leaks/requests.js';
import { type MarkedSystem, startMarkedSystem } from './leaks/system.js';

const QUEUE = 'memberships';

/** Messages that can never be stored, each with marked names. */
const { segment, userId } = MARKS;
const MESSAGES: Record<string, Buffer> = {
  'no message': Buffer.from(userId),
  'a name that is too long': batchOf(segment.repeat(20)),
  'a control character': batchOf(`${segment}\u0007`),
};

interface Broken {
  broker: RabbitmqServer;
  system: MarkedSystem;
}

/** What goes wrong with a queue, and what the log says of it. */
const FAILURES: Record<string, [make: (broken: Broken) => Promise<unknown>, evidence: RegExp]> = {
  'messages that can never be stored': [
    ({ broker }) =>
      onChannel(broker, async (channel) => {
        for (const message of Object.values(MESSAGES)) {
          channel.sendToQueue(QUEUE, message, batchProperties(Date.now()));
        }
        channel.sendToQueue(QUEUE, batchOf(segment), { contentType: userId });
        await channel.waitForConfirms();
      }),
    /is now a dead letter: the body is no StoreBatchRequest[\s\S]*content type must be/,
  ],
  'messages that Redis refuses': [
    async ({ system }) => {
      await breakBucket(system);
      await ask(system.urls.uss, '/segment', { body: { segment, user_id: userId } });
      // Before a request deletes the segment, and what is wrong with it.
      await system.es.printed(/storing failed/);
    },
    /storing failed/,
  ],
  'a queue that is deleted': [
    ({ broker }) => onChannel(broker, (channel) => channel.deleteQueue(QUEUE)),
    /request answered/,
  ],
  'a password that is another now': [
    async ({ broker }) => {
      await broker.control('change_password', 'guest', 'another');
      await broker.control('close_all_connections', 'test');
    },
    /ACCESS.REFUSED/,
  ],
  'a broker that is killed': [({ broker }) => broker.kill(), /cannot be reached/],
};

describe('Names and secrets in a queue', function () {
  this.timeout(90_000);
  let broker: RabbitmqServer;
  let system: MarkedSystem;
  before(async () => {
    broker = await startRabbitmqServer();
    await broker.control('change_password', 'guest', MARKS.password);
    const url = urlOf(broker);
    const more = { USS_TRANSPORT: 'rabbitmq', USS_RABBITMQ_URL: url, ES_RABBITMQ_URL: url };
    system = await startMarkedSystem({}, more);
  });
  after(async () => {
    await system.close();
    await broker.close();
  });

  for (const [title, [make, evidence]] of Object.entries(FAILURES)) {
    it(`are nowhere after ${title}`, async () => {
      const log = logFromNow(system);
      await make({ broker, system });
      const outcomes = await makeRequests(system.urls, system.grpc);
      await until(async () => evidence.test(log()));
      expectUnmarked(log(), outcomes);
      await system.redis.client.flushall();
    });
  }
});

function urlOf({ url }: RabbitmqServer): string {
  return url.replace('//', `//guest:${MARKS.password}@`);
}

async function onChannel(
  broker: RabbitmqServer,
  work: (channel: ConfirmChannel) => Promise<unknown>,
): Promise<void> {
  const connection = await connect(urlOf(broker));
  await work(await connection.createConfirmChannel());
  await connection.close();
}

function batchOf(name: string): Buffer {
  const membership = { segment: name, userId, occurredAt: undefined };
  const batch = { memberships: [membership], packed: undefined, traceparent: undefined };
  return Buffer.from(StoreBatchRequest.encode(batch).finish());
}
