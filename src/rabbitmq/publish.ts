import type { ConfirmChannel, Options } from 'amqplib';

/** RabbitMQ was reached but refuses a message, because the queue is at its limit. */
export class Refused extends Error {
  constructor() {
    super('the queue takes no more messages now, it is at its limit');
  }
}

/**
 * Resolves when RabbitMQ has a message on disk.
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
      // amqplib offers no other way to see this.
      else reject(error.message === 'message nacked' ? new Refused() : error);
    });
  });
}
