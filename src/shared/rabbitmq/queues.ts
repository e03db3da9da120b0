import type { Channel, Message, Options } from 'amqplib';

/** What the body of a message is: a `StoreBatchRequest` of proto/segment.proto. */
export const CONTENT_TYPE = 'application/x-protobuf';
export const MESSAGE_TYPE = 'segment.v1.StoreBatchRequest';

/** The header of a dead letter that says why it is one. */
export const REASON_HEADER = 'x-reason';

/** How often a message may come back unanswered, as from a consumer that died, before it is a dead letter. */
const DELIVERY_LIMIT = 20;

/** A dead letter is there until someone sends it again, however often it is looked at. */
const NO_DELIVERY_LIMIT = 1_000_000_000;

/** Where the messages of a queue go that can never be stored. */
export function deadLetterQueue(queue: string): string {
  return `${queue}.dead`;
}

/**
 * Declares both queues, replicated and on disk. Every side declares them the same, so that any may start
 * first.
 */
export async function declareQueues(channel: Channel, queue: string): Promise<void> {
  const quorum = { durable: true, arguments: { 'x-queue-type': 'quorum' } };
  await channel.assertQueue(deadLetterQueue(queue), {
    ...quorum,
    arguments: { ...quorum.arguments, 'x-delivery-limit': NO_DELIVERY_LIMIT },
  });
  await channel.assertQueue(queue, {
    ...quorum,
    arguments: {
      ...quorum.arguments,
      'x-delivery-limit': DELIVERY_LIMIT,
      'x-dead-letter-exchange': '',
      'x-dead-letter-routing-key': deadLetterQueue(queue),
      // The default may lose a message on its way; this one needs reject-publish, which nothing ever triggers.
      'x-dead-letter-strategy': 'at-least-once',
      'x-overflow': 'reject-publish',
    },
  });
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
