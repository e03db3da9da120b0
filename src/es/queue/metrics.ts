import { Counter, Gauge, type Registry } from 'prom-client';

/** The outcome of a message that was taken. */
export interface ConsumedMessage {
  outcome: 'stored' | 'set_apart' | 'dead_lettered' | 'held_back' | 'put_back';
  /** Memberships that were not stored because their day had left the window. */
  expired: number;
}

export interface ConsumerMetrics {
  /** @param redelivered whether the message had been delivered before */
  count(done: ConsumedMessage, redelivered: boolean): void;
  /** How many messages had been delivered before. */
  redelivered(): number;
}

export interface ConsumerState {
  /** The age of the oldest unacknowledged batch. */
  lagSeconds: () => number;
  /** How many messages are in the retry queue, at the last check. */
  apart: () => number;
}

export function createConsumerMetrics(
  registry: Registry,
  { lagSeconds, apart }: ConsumerState,
): ConsumerMetrics {
  const registers = [registry];
  const consumed = new Counter({
    registers,
    name: 'segmentation_rabbitmq_consumed_messages_total',
    help: 'Messages taken from the queue and done with, by what became of them.',
    labelNames: ['outcome'],
  });
  // The series exists from the start, so that the first message shows as an increase.
  consumed.inc({ outcome: 'held_back' }, 0);
  const again = new Counter({
    registers,
    name: 'segmentation_rabbitmq_redelivered_messages_total',
    help: 'Messages taken from the queue that had been delivered before.',
  });
  const expired = new Counter({
    registers,
    name: 'segmentation_memberships_expired_total',
    help: 'Memberships taken from the queue after their day had left the window, and not stored.',
  });
  new Gauge({
    registers,
    aggregator: 'max',
    name: 'segmentation_rabbitmq_consumer_lag_seconds',
    help: 'Age of the oldest batch being stored; 0 when there is none.',
    collect() {
      this.set(lagSeconds());
    },
  });
  new Gauge({
    registers,
    aggregator: 'max',
    name: 'segmentation_rabbitmq_retry_messages',
    help: 'Messages that could not be stored by no fault of theirs, and are tried again apart from all others.',
    collect() {
      this.set(apart());
    },
  });
  let redeliveries = 0;
  return {
    count(done, redelivered) {
      consumed.inc({ outcome: done.outcome });
      expired.inc(done.expired);
      if (!redelivered) return;
      redeliveries += 1;
      again.inc();
    },
    redelivered: () => redeliveries,
  };
}
