import type { ConfirmChannel, Options } from 'amqplib';

/** RabbitMQ is there, and does not take a message: its queue is at a limit. */
export class Refused extends Error {
  constructor() {
    super('the queue takes no more messages now, it is at its limit');
  }
}

/**
 * Resolves once RabbitMQ has a message on disk.
 *
 * @throws Refused, or what ended the channel
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
      // amqplib has no other sign of it.
      else reject(error.message === 'message nacked' ? new Refused() : error);
    });
  });
}
