import type { ChannelModel, Message, Options } from 'amqplib';

type Connection = Pick<ChannelModel, 'createChannel'>;

/** What the body of a message is: a `StoreBatchRequest` of proto/segment.proto. */
export const CONTENT_TYPE = 'application/x-protobuf';
const MESSAGE_TYPE = 'segment.v1.StoreBatchRequest';

/** A message that there is nothing to store of: no bytes are a `StoreBatchRequest` without memberships. */
export const EMPTY_BATCH: [content: Buffer, properties: Options.Publish] = [
  Buffer.alloc(0),
  { contentType: CONTENT_TYPE, type: MESSAGE_TYPE },
];

/** The header of a dead letter that says why it is one. */
export const REASON_HEADER = 'x-reason';

/** How often a message may come back unanswered, as from a consumer that died, before it is a dead letter. */
const DELIVERY_LIMIT = 20;

/** A dead letter is there until someone sends it again, however often it is looked at. */
const NO_DELIVERY_LIMIT = 1_000_000_000;

/** How many dead letters there may be, and how many bytes of them. */
export const DEAD_LETTER_LIMIT = { messages: 10_000, bytes: 1024 ** 3 };

const PRECONDITION_FAILED = 406;

/** Where the messages of a queue go that can never be stored. */
export function deadLetterQueue(queue: string): string {
  return `${queue}.dead`;
}

/** Where batches wait that could not be stored by no fault of theirs, apart from all others. */
export function retryQueue(queue: string): string {
  return `${queue}.retry`;
}

/**
 * Declares both queues, replicated and on disk. Every side declares them the same, so that any may start
 * first.
 *
 * @returns whether the dead letters have their limit; not in a queue of an earlier version, as arguments stay as they are
 */
export async function declareQueues(connection: Connection, queue: string): Promise<boolean> {
  const limited = await declareDeadLetters(connection, deadLetterQueue(queue));
  await declareQueue(connection, queue, batchQueue(deadLetterQueue(queue)));
  return limited;
}

/** Declares the queue of what is tried again apart; for who takes from it alone. */
export async function declareRetryQueue(connection: Connection, queue: string): Promise<void> {
  await declareQueue(connection, retryQueue(queue), batchQueue(deadLetterQueue(queue)));
}

const batchQueue = (deadLetters: string) => ({
  'x-delivery-limit': DELIVERY_LIMIT,
  'x-dead-letter-exchange': '',
  'x-dead-letter-routing-key': deadLetters,
  // The default may lose a message on its way, also where the dead letters are full; this one needs reject-publish,
  // which nothing ever triggers.
  'x-dead-letter-strategy': 'at-least-once',
  'x-overflow': 'reject-publish',
});

async function declareDeadLetters(connection: Connection, queue: string): Promise<boolean> {
  const unlimited = { 'x-delivery-limit': NO_DELIVERY_LIMIT };
  try {
    await declareQueue(connection, queue, {
      ...unlimited,
      'x-max-length': DEAD_LETTER_LIMIT.messages,
      'x-max-length-bytes': DEAD_LETTER_LIMIT.bytes,
      // What is refused here stays in the queue it comes from; the default throws the oldest away.
      'x-overflow': 'reject-publish',
    });
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code !== PRECONDITION_FAILED) throw error;
    await declareQueue(connection, queue, unlimited);
    return false;
  }
}

/** On a channel of its own, which RabbitMQ closes when the queue is there with other arguments. */
async function declareQueue(connection: Connection, queue: string, more: object): Promise<void> {
  const channel = await connection.createChannel();
  // The answer to the declaration says the same; without a listener the process would end.
  channel.on('error', () => {});
  await channel.assertQueue(queue, {
    durable: true,
    arguments: { 'x-queue-type': 'quorum', ...more },
  });
  await channel.close();
}

/**
 * How a batch is sent.
 *
 * @param takenAt when its memberships were taken, in milliseconds
 */
export function batchProperties(takenAt: number): Options.Publish {
  return {
    contentType: CONTENT_TYPE,
    type: MESSAGE_TYPE,
    timestamp: Math.floor(takenAt / 1_000),
  };
}

/** How a message is sent on as it was. */
export function sameProperties({ properties }: Message): Options.Publish {
  const { contentType, type, timestamp } = properties;
  return { contentType, type, timestamp };
}
