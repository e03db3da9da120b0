import { setMaxListeners } from 'node:events';
import type { ConfirmChannel, ConsumeMessage } from 'amqplib';
import type { Registry } from 'prom-client';
import { BATCHES_OF_SENDER } from '../../limits/in-flight.js';
import { withTimeout } from '../../process/timeout.js';
import { createRabbitmq, type RabbitmqOptions } from '../../rabbitmq/connection.js';
import { showQueues } from '../../rabbitmq/metrics.js';
import { deadLetterQueue, declareRetryQueue, retryQueue } from '../../rabbitmq/queues.js';
import type { SegmentService } from '../../segment-service/segment-service.js';
import type { Logger } from '../../telemetry/logger.js';
import type { Tracing } from '../../telemetry/tracing/tracing.js';
import { createQueuedMessages } from './messages.js';
import { createConsumerMetrics } from './metrics.js';

export interface ConsumerOptions extends Omit<RabbitmqOptions, 'onOpen'> {
  service: Pick<SegmentService, 'storeBatch'>;
  /** The clock, in milliseconds. */
  now: () => number;
  logger: Logger;
  registry: Registry;
  tracing: Tracing;
}

export interface Consumer {
  /** The state of the queue, as a text for people. */
  details(): { queue: object };
  /** Resolves if RabbitMQ can be reached; otherwise rejects with the reason. */
  check(): Promise<void>;
  /**
   * Takes no more messages, finishes the taken ones, and closes. RabbitMQ delivers again those that are not finished at the
   * time limit.
   */
  close(limit: AbortSignal): Promise<void>;
}

/**
 * Maximum of unacknowledged messages of the retry queue. Most of them rest, so there may be more of them than of the main
 * queue.
 */
const APART_IN_HAND = 2 * BATCHES_OF_SENDER;

/** Stores the memberships in the messages of a queue. A message is acknowledged when its memberships are durable. */
export function createConsumer(options: ConsumerOptions): Consumer {
  const { queue, timeoutMs, now, logger, registry } = options;
  const closing = new AbortController();
  const inHand = new Map<ConsumeMessage, Promise<void>>();
  let stopTaking = async () => {};
  let countApart = async () => 0;
  let apart = 0;

  const rabbitmq = createRabbitmq({
    ...options,
    async onOpen(connection, channel, limited) {
      await declareRetryQueue(connection, queue);
      if (!limited)
        logger.warn(
          `${deadLetterQueue(queue)} is of an earlier version: see DeadLetters in docs/operations.md`,
        );
      const gone = new AbortController();
      channel.once('close', () => gone.abort());
      const stopped = AbortSignal.any([gone.signal, closing.signal]);
      // Each unacknowledged message has a listener.
      setMaxListeners(BATCHES_OF_SENDER + APART_IN_HAND, stopped);
      const takeFrom = async (name: string, most: number) => {
        // RabbitMQ applies the limit to the next consumer, not to the channel, so the retry queue takes no places of the
        // main queue.
        await channel.prefetch(most);
        const { consumerTag } = await channel.consume(name, (message) => {
          // null means that the queue was deleted; a new channel declares it again.
          if (message === null) channel.close().catch(() => {});
          else inHand.set(message, take(channel, message, stopped));
        });
        return consumerTag;
      };
      const tags = [
        await takeFrom(queue, BATCHES_OF_SENDER),
        await takeFrom(retryQueue(queue), APART_IN_HAND),
      ];
      countApart = async () => (await channel.checkQueue(retryQueue(queue))).messageCount;
      stopTaking = async () => {
        if (gone.signal.aborted) return;
        await Promise.all(tags.map((tag) => channel.cancel(tag)));
      };
    },
  });

  const finish = createQueuedMessages({ ...options, rabbitmq });

  async function take(channel: ConfirmChannel, message: ConsumeMessage, stopped: AbortSignal) {
    try {
      const done = await finish(message, stopped);
      if (done.outcome === 'held_back') channel.nack(message, false, false);
      else channel.ack(message);
      metrics.count(done, message.fields.redelivered);
    } catch (error) {
      // After its channel has closed, the message is delivered again. This is safe because storing is idempotent.
      if (!stopped.aborted) channel.close().catch(() => {});
      logger.debug({ err: error }, 'a batch goes back to the queue');
    } finally {
      inHand.delete(message);
    }
  }

  /** The age of the oldest unacknowledged batch. */
  const lagSeconds = () => {
    const ages = Array.from(
      inHand.keys(),
      ({ properties }) => now() / 1_000 - properties.timestamp,
    );
    return Math.max(0, ...ages.filter(Number.isFinite));
  };
  showQueues(registry, rabbitmq);
  const metrics = createConsumerMetrics(registry, { lagSeconds, apart: () => apart });

  return {
    details: () => ({
      queue: {
        messages: rabbitmq.depth.messages,
        set_apart: apart,
        dead_letters: rabbitmq.depth.deadLetters,
        lag_seconds: Math.round(lagSeconds()),
        redelivered: metrics.redelivered(),
      },
    }),
    async check() {
      await rabbitmq.check();
      apart = await withTimeout(timeoutMs, countApart());
    },
    async close(limit) {
      closing.abort();
      const finished = stopTaking().then(() => Promise.all(inHand.values()));
      await Promise.race([finished, aborted(limit)]).catch(() => {});
      await Promise.race([rabbitmq.close(), aborted(limit)]);
    },
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
