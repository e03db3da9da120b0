import { setTimeout as delay } from 'node:timers/promises';
import type { ConfirmChannel, ConsumeMessage } from 'amqplib';
import type { Registry } from 'prom-client';
import { toFailure } from '../shared/failure.js';
import type { Logger } from '../shared/logger.js';
import { countMemberships, type MembershipGroup } from '../shared/membership-groups.js';
import { createRabbitmq, type RabbitmqOptions } from '../shared/rabbitmq/connection.js';
import { showQueues } from '../shared/rabbitmq/metrics.js';
import { deadLetterQueue, sameProperties } from '../shared/rabbitmq/queues.js';
import type { SegmentService } from '../shared/segment-service.js';
import type { Tracing } from '../shared/tracing/tracing.js';
import { refusedOf } from '../shared/window.js';
import { createConsumerMetrics } from './consumer-metrics.js';
import { createDeadLetters } from './dead-letters.js';
import { encodeQueuedBatch, parseQueuedBatch, type QueuedBatch } from './grpc/queued-batch.js';

export interface ConsumerOptions extends Omit<RabbitmqOptions, 'onOpen'> {
  service: Pick<SegmentService, 'storeBatch'>;
  /** The clock, in milliseconds. */
  now: () => number;
  logger: Logger;
  registry: Registry;
  tracing: Tracing | undefined;
}

export interface Consumer {
  /** How the queue is, for people. */
  details(): { queue: object };
  /** Resolves while RabbitMQ can be reached; rejects with the reason when not. */
  check(): Promise<void>;
  /** Takes no more, finishes what it has taken, and closes. What is not finished by the limit is delivered again. */
  close(limit: AbortSignal): Promise<void>;
}

/** Messages in hand at once, each a batch. */
const IN_HAND = 8;

const FIRST_RETRY_MS = 50;
const MAX_RETRY_MS = 2_000;

/** RabbitMQ takes a consumer that answers nothing for half an hour for broken; a message goes back long before. */
const MAX_HOLD_MS = 60_000;

/** Stores what USS has put into a queue. A message is acknowledged once its memberships are durable. */
export function createConsumer(options: ConsumerOptions): Consumer {
  const { queue, service, now, logger, registry, tracing } = options;
  const closing = new AbortController();
  const inHand = new Map<ConsumeMessage, Promise<void>>();
  let stopTaking = async () => {};

  const rabbitmq = createRabbitmq({
    ...options,
    async onOpen(channel, limited) {
      if (!limited)
        logger.warn(
          `${deadLetterQueue(queue)} is of an earlier version: see DeadLetters in docs/operations.md`,
        );
      const gone = new AbortController();
      channel.once('close', () => gone.abort());
      const stopped = AbortSignal.any([gone.signal, closing.signal]);
      await channel.prefetch(IN_HAND);
      const { consumerTag } = await channel.consume(queue, (message) => {
        // Without a message it says that the queue is gone; a new channel declares it again.
        if (message === null) channel.close().catch(() => {});
        else inHand.set(message, take(channel, message, stopped));
      });
      stopTaking = async () => {
        if (!gone.signal.aborted) await channel.cancel(consumerTag);
      };
    },
  });

  const deadLetter = createDeadLetters(rabbitmq, queue, logger);

  async function take(channel: ConfirmChannel, message: ConsumeMessage, stopped: AbortSignal) {
    try {
      const done = await finish(message, stopped);
      if (done.outcome === 'held_back') channel.nack(message, false, false);
      else channel.ack(message);
      metrics.count(done, message.fields.redelivered);
    } catch (error) {
      // Without its channel it is delivered again, which is safe because storing is idempotent.
      if (!stopped.aborted) channel.close().catch(() => {});
      logger.debug({ err: error }, 'a batch goes back to the queue');
    } finally {
      inHand.delete(message);
    }
  }

  async function finish(message: ConsumeMessage, stopped: AbortSignal) {
    let batch: QueuedBatch;
    try {
      batch = parseQueuedBatch(message, now());
    } catch (error) {
      return await deadLetter(message, toFailure(error).message);
    }
    const { groups, traceparent: parent } = batch;
    if (tracing === undefined) return await storeGroups(groups, message, stopped);
    const attributes = { 'messaging.system': 'rabbitmq', 'messaging.destination.name': queue };
    return await tracing.run(`process ${queue}`, { kind: 'consumer', parent, attributes }, () =>
      storeGroups(groups, message, stopped),
    );
  }

  async function storeGroups(
    groups: readonly MembershipGroup[],
    message: ConsumeMessage,
    stopped: AbortSignal,
  ) {
    const held = performance.now();
    for (let retry = 0; ; retry += 1) {
      try {
        const window = await service.storeBatch(groups);
        const expired = countMemberships(groups.filter(({ day }) => day < window.firstDay));
        const [refused, reason] = refusedOf(groups, window);
        const kept = reason && (await keepRefused(message, refused, reason.message));
        return kept?.outcome === 'held_back' ? kept : { outcome: 'stored' as const, expired };
      } catch (error) {
        const { kind, message: detail, cause } = toFailure(error);
        if (kind === 'internal' && retry === 0) logger.error({ err: cause }, 'storing failed');
        if (performance.now() - held > MAX_HOLD_MS) {
          return kind === 'internal' ? await deadLetter(message, detail) : await putBack(message);
        }
        const longest = Math.min(FIRST_RETRY_MS * 2 ** retry, MAX_RETRY_MS);
        await delay(longest * (0.5 + Math.random() / 2), undefined, { signal: stopped });
      }
    }
  }

  /** What was refused becomes a dead letter of its own, to be sent again when there is room; the rest is stored. */
  function keepRefused(
    message: ConsumeMessage,
    groups: readonly MembershipGroup[],
    reason: string,
  ) {
    const left = `${countMemberships(groups)} memberships are left of it: ${reason}`;
    return deadLetter({ ...message, content: encodeQueuedBatch(groups) }, left);
  }

  /** To the end of the queue, as new: waiting for Redis is no fault of the message that counts against it. */
  async function putBack(message: ConsumeMessage) {
    await rabbitmq.publish(queue, message.content, sameProperties(message));
    return { outcome: 'put_back' as const, expired: 0 };
  }

  /** The age of the oldest batch in hand. */
  const lagSeconds = () => {
    const ages = Array.from(
      inHand.keys(),
      ({ properties }) => now() / 1_000 - properties.timestamp,
    );
    return Math.max(0, ...ages.filter(Number.isFinite));
  };
  showQueues(registry, rabbitmq);
  const metrics = createConsumerMetrics(registry, lagSeconds);

  return {
    details: () => ({
      queue: {
        messages: rabbitmq.depth.messages,
        dead_letters: rabbitmq.depth.deadLetters,
        lag_seconds: Math.round(lagSeconds()),
        redelivered: metrics.redelivered(),
      },
    }),
    check: () => rabbitmq.check(),
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
