import { Histogram, type Registry } from 'prom-client';
import type { MembershipGroup } from '../domain/membership-groups.js';
import { packMemberships } from '../domain/packed-memberships.js';
import { firstDayOf, utcDay } from '../domain/utc-day.js';
import { StoreBatchRequest } from '../generated/segment.js';
import { createRabbitmq, type RabbitmqOptions } from '../rabbitmq/connection.js';
import { showQueues } from '../rabbitmq/metrics.js';
import { batchProperties } from '../rabbitmq/queues.js';
import type { Tracing } from '../telemetry/tracing/tracing.js';
import type { Forwarder } from './forwarder.js';

export interface RabbitmqForwarderOptions extends RabbitmqOptions {
  /** How many UTC days ES counts, today included. */
  windowDays: number;
  /** Counts segments, because a queue cannot answer. */
  counter: Pick<Forwarder, 'count'>;
  /** The clock, in milliseconds. */
  now: () => number;
  registry: Registry;
  tracing: Tracing;
}

/**
 * Publishes memberships to a queue that ES consumes, one message for each batch. They are durable when RabbitMQ has
 * confirmed them. They count for the day of their time, even if ES takes them much later.
 */
export function createRabbitmqForwarder(options: RabbitmqForwarderOptions): Forwarder {
  const { queue, windowDays, counter, now, registry, tracing } = options;
  const rabbitmq = createRabbitmq(options);
  showQueues(registry, rabbitmq);
  const startTimer = createPublishTimer(registry);
  async function publish(groups: readonly MembershipGroup[]): Promise<void> {
    const traceparent = tracing.active();
    const batch = { memberships: [], packed: packMemberships(groups), traceparent };
    const { buffer, byteOffset, byteLength } = StoreBatchRequest.encode(batch).finish();
    const content = Buffer.from(buffer, byteOffset, byteLength);
    const stopTimer = startTimer();
    const confirmed = rabbitmq.publish(queue, content, batchProperties(now()));
    confirmed.then(
      () => stopTimer({ outcome: 'confirmed' }),
      () => stopTimer({ outcome: 'failed' }),
    );
    await confirmed;
  }
  const publishTraced = tracing.traced(
    () => ({
      name: `publish ${queue}`,
      kind: 'producer',
      attributes: { 'messaging.system': 'rabbitmq', 'messaging.destination.name': queue },
    }),
    publish,
  );

  return {
    async store(groups) {
      const firstDay = firstDayOf(utcDay(now()), windowDays);
      const counted = groups.filter(({ day }) => day >= firstDay);
      if (counted.length > 0) await publishTraced(counted);
      return { firstDay, days: windowDays };
    },
    count: (segments, days) => counter.count(segments, days),
    check: () => rabbitmq.check(),
    close: () => rabbitmq.close(),
  };
}

function createPublishTimer(registry: Registry) {
  const duration = new Histogram({
    name: 'segmentation_rabbitmq_publish_duration_seconds',
    help: 'Time from sending a batch to its confirmation by RabbitMQ.',
    labelNames: ['outcome'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: [registry],
  });
  return () => duration.startTimer();
}
