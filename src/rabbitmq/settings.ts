import convict from 'convict';
import { duration, text } from '../config/config.js';
import { clientTlsSchema } from '../tls/settings.js';

convict.addFormat({
  name: 'amqp-url',
  validate: (value: unknown) => {
    if (value !== '' && !(/^amqps?:\/\/./.test(String(value)) && URL.canParse(String(value)))) {
      throw new Error('must be a URL such as amqp://user:password@localhost:5672');
    }
  },
});

/** The settings of RabbitMQ, the same for both services. */
export function rabbitmqSchema(prefix: string, doc: string, url: string) {
  return {
    url: { ...text(doc, `${prefix}_RABBITMQ_URL`, url, 'amqp-url'), sensitive: true },
    tls: clientTlsSchema(`${prefix}_RABBITMQ`, 'RabbitMQ'),
    queue: text(
      'The queue of memberships; the dead letters are in one whose name ends in .dead, what is tried again in one in .retry.',
      `${prefix}_RABBITMQ_QUEUE`,
      'memberships',
    ),
    timeoutMs: duration(
      'How long RabbitMQ may take to answer before the request is given up.',
      `${prefix}_RABBITMQ_TIMEOUT_MS`,
      5_000,
    ),
  };
}
