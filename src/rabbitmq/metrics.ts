import { Gauge, type Registry } from 'prom-client';
import type { Rabbitmq } from './connection.js';

/** Shows how full the queues are, at the last check. */
export function showQueues(registry: Registry, { depth }: Pick<Rabbitmq, 'depth'>): void {
  // Every worker sees the same queues, so values are not added up.
  const shared = { registers: [registry], aggregator: 'max' as const };
  new Gauge({
    ...shared,
    name: 'segmentation_rabbitmq_queue_messages',
    help: 'Messages, each a batch of memberships, that wait in the queue.',
    collect() {
      this.set(depth.messages);
    },
  });
  new Gauge({
    ...shared,
    name: 'segmentation_rabbitmq_dead_letter_messages',
    help: 'Messages that can never be stored, until someone looks at them.',
    collect() {
      this.set(depth.deadLetters);
    },
  });
}
