import type { Release } from '../../process/lifecycle.js';
import { type Probe, startProbe } from '../../process/probe.js';
import { rabbitmqTarget } from '../../rabbitmq/connection.js';
import { type Consumer, type ConsumerOptions, createConsumer } from './consumer.js';

/** Starts consuming the queue, if a URL of RabbitMQ is set. */
export function startConsumer(
  options: ConsumerOptions,
  onRelease: (release: Release) => void,
): { consumer: Consumer; probe: Probe } | undefined {
  const { url, logger } = options;
  if (url === '') return undefined;
  const consumer = createConsumer(options);
  onRelease((limit) => consumer.close(limit));
  const probe = startProbe({ target: rabbitmqTarget(url), check: consumer.check, logger });
  onRelease(() => probe.stop());
  return { consumer, probe };
}
