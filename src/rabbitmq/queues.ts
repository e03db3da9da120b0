import type { ChannelModel, Message, Options } from 'amqplib';

type Connection = Pick<ChannelModel, 'createChannel'>;

/** The body of a message is a `StoreBatchRequest` of proto/segment.proto. */
export const CONTENT_TYPE = 'application/x-protobuf';
const MESSAGE_TYPE = 'segment.v1.StoreBatchRequest';

/** A message without memberships: an empty body is a `StoreBatchRequest` with default values. */
export const EMPTY_BATCH: [content: Buffer, properties: Options.Publish] = [
  Buffer.alloc(0),
  { contentType: CONTENT_TYPE, type: MESSAGE_TYPE },
];

/** The header of a dead letter with the reason why it could not be stored. */
export const REASON_HEADER = 'x-reason';

/**
 * How often a message may come back unacknowledged, for example from a consumer that died, before it becomes a dead letter.
 */
const DELIVERY_LIMIT = 20;

/** A dead letter stays until it is sent again, even if it is read many times. */
const NO_DELIVERY_LIMIT = 1_000_000_000;

/** Maximum of dead letters, and of their bytes. */
export const DEAD_LETTER_LIMIT = { messages: 10_000, bytes: 1024 ** 3 };

const PRECONDITION_FAILED = 406;

/** The queue of messages that can never be stored. */
export function deadLetterQueue(queue: string): string {
  return `${queue}.dead`;
}

/**
 * The queue of batches that could not be stored although they are valid. They are tried again separately from all others.
 */
export function retryQueue(queue: string): string {
  return `${queue}.retry`;
}

/**
 * Declares the queue and its queue of dead letters, replicated and on disk. USS and ES declare them in the same way, so
 * either may start first.
 *
 * @returns whether the dead letters have a limit: a queue that an earlier version declared keeps its arguments, and has no
 *   limit
 */
export async function declareQueues(connection: Connection, queue: string): Promise<boolean> {
  const limited = await declareDeadLetters(connection, deadLetterQueue(queue));
  await declareQueue(connection, queue, batchQueue(deadLetterQueue(queue)));
  return limited;
}

/** Declares the retry queue. Only its consumer does this. */
export async function declareRetryQueue(connection: Connection, queue: string): Promise<void> {
  await declareQueue(connection, retryQueue(queue), batchQueue(deadLetterQueue(queue)));
}

const batchQueue = (deadLetters: string) => ({
  'x-delivery-limit': DELIVERY_LIMIT,
  'x-dead-letter-exchange': '',
  'x-dead-letter-routing-key': deadLetters,
  // The default strategy may lose a message on its way, for example if the queue of dead letters is full. This strategy
  // needs reject-publish, which has no other effect here, because the queue has no limit.
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
      // A message that is refused here stays in its original queue. By default the oldest dead letter would be dropped.
      'x-overflow': 'reject-publish',
    });
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code !== PRECONDITION_FAILED) throw error;
    await declareQueue(connection, queue, unlimited);
    return false;
  }
}

/** Declares a queue on a separate channel, because RabbitMQ closes the channel if the queue exists with other arguments. */
async function declareQueue(connection: Connection, queue: string, more: object): Promise<void> {
  const channel = await connection.createChannel();
  // The declaration rejects with the same error. Without a listener the process would end.
  channel.on('error', () => {});
  await channel.assertQueue(queue, {
    durable: true,
    arguments: { 'x-queue-type': 'quorum', ...more },
  });
  await channel.close();
}

/**
 * The properties of the message of a batch.
 *
 * @param takenAt when the service accepted its memberships, in milliseconds
 */
export function batchProperties(takenAt: number): Options.Publish {
  return {
    contentType: CONTENT_TYPE,
    type: MESSAGE_TYPE,
    timestamp: Math.floor(takenAt / 1_000),
  };
}

/** The properties of a message that is sent on. */
export function sameProperties({ properties }: Message): Options.Publish {
  const { contentType, type, timestamp } = properties;
  return { contentType, type, timestamp };
}
