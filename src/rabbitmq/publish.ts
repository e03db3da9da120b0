import type { ConfirmChannel, Options } from 'amqplib';

/** RabbitMQ was reached and does not take a message, as the queue is at its limit. */
export class Refused extends Error {
  constructor() {
    super('the queue takes no more messages now, it is at its limit');
  }
}

/**
 * Resolves once RabbitMQ has a message on disk.
 *
 * @throws Refused, or the error that closed the channel
 */
export function publishConfirmed(
  channel: ConfirmChannel,
  queue: string,
  content: Buffer,
  properties: Options.Publish,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = { ...properties, persistent: true, mandatory: true };
    channel.publish('', queue, content, options, (error) => {
      if (!error) resolve();
      // amqplib shows it in no other way.
      else reject(error.message === 'message nacked' ? new Refused() : error);
    });
  });
}
