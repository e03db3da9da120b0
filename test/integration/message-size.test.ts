import { once } from 'node:events';
import { type ChannelModel, connect } from 'amqplib';
import { expect } from 'chai';
import { type RabbitmqServer, startRabbitmqServer } from '../../scripts/testbed/rabbitmq-server.js';
import { MAX_BATCH, MAX_NAME_BYTES } from '../../src/domain/membership.js';
import type { MembershipGroup } from '../../src/domain/membership-groups.js';
import { encodeQueuedBatch } from '../../src/es/queue/batch.js';

const MAX_BYTES = 8 * 1024 * 1024;
const PRECONDITION_FAILED = 406;

const longest = (index: number) => String(index).padStart(MAX_NAME_BYTES, '0');

/** As long as a batch can be: each membership of another segment, all names of the longest. */
const longestBatch = (): MembershipGroup[] =>
  Array.from({ length: MAX_BATCH }, (_, index) => ({
    segment: longest(index),
    day: 99_999,
    userIds: [longest(index)],
  }));

describe('Messages of the RabbitMQ that is deployed', () => {
  let broker: RabbitmqServer;
  let connection: ChannelModel;
  before(async () => {
    broker = await startRabbitmqServer();
    connection = await connect(broker.url);
  });
  after(async () => {
    await connection.close();
    await broker.close();
  });

  /** Sends a message to a queue; resolves to 0 once RabbitMQ has it, or to the code that the channel was closed with. */
  const send = async (content: Buffer): Promise<number> => {
    const channel = await connection.createConfirmChannel();
    const closed = once(channel, 'error').then(([{ code }]) => code);
    const { queue } = await channel.assertQueue('', { exclusive: true });
    const taken = new Promise<number>((resolve) => {
      channel.sendToQueue(queue, content, {}, (error) => {
        if (!error) resolve(0);
      });
    });
    const code = await Promise.race([taken, closed]);
    if (code === 0) await channel.close();
    return code;
  };

  it('may be the longest that USS sends', async () => {
    const content = encodeQueuedBatch(longestBatch());
    expect(content.length).to.be.within(5_000_000, 6 * 1024 * 1024);
    expect(await send(content)).to.equal(0);
  });

  for (const bytes of [0, 1, 1024, MAX_BYTES]) {
    it(`may be of ${bytes} bytes`, async () => {
      expect(await send(Buffer.alloc(bytes))).to.equal(0);
    });
  }

  for (const bytes of [MAX_BYTES + 1, MAX_BYTES + 1024 * 1024, 20 * 1024 * 1024]) {
    it(`may not be of ${bytes} bytes`, async () => {
      expect(await send(Buffer.alloc(bytes))).to.equal(PRECONDITION_FAILED);
    });
  }
});
