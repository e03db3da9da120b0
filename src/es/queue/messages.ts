import { setTimeout as delay } from 'node:timers/promises';
import type { ConsumeMessage } from 'amqplib';
import { backoffMs, jitteredMs } from '../../domain/backoff.js';
import { type Failure, toFailure } from '../../domain/failure.js';
import { countMemberships, type MembershipGroup } from '../../domain/membership-groups.js';
import { refusalOf, refusedOf, type Window } from '../../domain/window.js';
import type { Rabbitmq } from '../../rabbitmq/connection.js';
import { retryQueue, sameProperties } from '../../rabbitmq/queues.js';
import type { SegmentService } from '../../segment-service/segment-service.js';
import { createLineLimit } from '../../telemetry/line-limit.js';
import type { Logger } from '../../telemetry/logger.js';
import type { Tracing } from '../../telemetry/tracing/tracing.js';
import { encodeQueuedBatch, parseQueuedBatch, type QueuedBatch } from './batch.js';
import { createDeadLetters } from './dead-letters.js';
import type { ConsumedMessage } from './metrics.js';

export interface QueuedMessagesOptions {
  queue: string;
  rabbitmq: Pick<Rabbitmq, 'publish'>;
  service: Pick<SegmentService, 'storeBatch'>;
  /** The clock, in milliseconds. */
  now: () => number;
  logger: Logger;
  tracing: Tracing;
}

const RETRY = { firstMs: 50, maxMs: 2_000 };

/**
 * How long a message is held unacknowledged, in milliseconds. RabbitMQ closes the channel of a consumer that holds one for
 * half an hour.
 */
const MAX_HOLD_MS = 60_000;

/** How long a message of the retry queue rests after each try, in milliseconds. */
const REST_MS = 1_000;

/**
 * Returns a function that finishes a message: stores it, or sends it to another queue. If it is stopped before, it rejects;
 * the message must then go back to its queue.
 *
 * - While Redis cannot be reached, it tries again.
 * - If Redis cannot store a valid message, for example because of a broken key, the message goes to the retry queue and is
 *   tried there until it is stored. Meanwhile all other messages go on.
 * - A message that can never be stored becomes a dead letter.
 */
export function createQueuedMessages(options: QueuedMessagesOptions) {
  const { queue, rabbitmq, service, now, logger, tracing } = options;
  const deadLetter = createDeadLetters(rabbitmq, queue, logger);
  const mayLog = createLineLimit((left) => {
    logger.error(`storing failed for ${left} more messages`);
  });
  const logInternal = ({ kind, options }: Failure) => {
    if (kind === 'internal' && mayLog()) logger.error({ err: options.cause }, 'storing failed');
  };

  async function storeGroups(
    { groups }: QueuedBatch,
    message: ConsumeMessage,
    stopped: AbortSignal,
  ): Promise<ConsumedMessage> {
    const held = performance.now();
    for (let retry = 0; ; retry += 1) {
      const window = await service.storeBatch(groups).catch(toFailure);
      if ('firstDay' in window) return await finish(groups, window, message, stopped);
      if (window.kind === 'internal') {
        if (!isApart(message)) logInternal(window);
        return await setApart(message, groups, stopped);
      }
      if (performance.now() - held > MAX_HOLD_MS) {
        if (mayLog())
          logger.error({ err: window.options.cause }, `storing failed: ${window.message}`);
        // The message goes to the end of the queue, as a new message: waiting for Redis must not count against its limit of
        // deliveries.
        await sendOn(
          isApart(message) ? retryQueue(queue) : queue,
          message.content,
          message,
          stopped,
        );
        return { outcome: 'put_back', expired: 0 };
      }
      await pause(retry, stopped);
    }
  }

  /** Sends the refused memberships of a stored batch to another queue. */
  async function finish(
    groups: readonly MembershipGroup[],
    window: Window,
    message: ConsumeMessage,
    stopped: AbortSignal,
  ): Promise<ConsumedMessage> {
    const expired = countMemberships(groups.filter(({ day }) => day < window.firstDay));
    const [refused, reason] = refusedOf(groups, window);
    if (reason === undefined) return { outcome: 'stored', expired };
    const hasNoRoom = ({ segment, day }: MembershipGroup) =>
      refusalOf(segment, day, window)?.kind === 'full';
    const failed = refused.filter((group) => !hasNoRoom(group));
    if (failed.length > 0) {
      if (!isApart(message)) logInternal(refusalOfFirst(failed, window));
      await setApart(message, failed, stopped);
    }
    const full = refused.filter(hasNoRoom);
    if (full.length === 0) return { outcome: 'set_apart', expired };
    // They become a separate dead letter, to be sent again when there is room for their segments.
    const left = `${countMemberships(full)} memberships are left of it: ${refusalOfFirst(full, window).message}`;
    const content = encodeQueuedBatch(full);
    return { ...(await deadLetter({ ...message, content }, left)), expired };
  }

  /** Puts memberships that could not be stored into the retry queue, where they do not delay other memberships. */
  async function setApart(
    message: ConsumeMessage,
    groups: readonly MembershipGroup[],
    stopped: AbortSignal,
  ): Promise<ConsumedMessage> {
    if (isApart(message)) await delay(jitteredMs(REST_MS), undefined, { signal: stopped });
    await sendOn(retryQueue(queue), encodeQueuedBatch(groups), message, stopped);
    return { outcome: 'set_apart', expired: 0 };
  }

  async function sendOn(
    target: string,
    content: Buffer,
    message: ConsumeMessage,
    stopped: AbortSignal,
  ): Promise<void> {
    for (let retry = 0; ; retry += 1) {
      try {
        return await rabbitmq.publish(target, content, sameProperties(message));
      } catch {
        await pause(retry, stopped);
      }
    }
  }

  function isApart({ fields }: ConsumeMessage): boolean {
    return fields.routingKey === retryQueue(queue);
  }

  const storeTraced = tracing.traced(
    ({ traceparent }) => ({
      name: `process ${queue}`,
      kind: 'consumer',
      parent: traceparent,
      attributes: { 'messaging.system': 'rabbitmq', 'messaging.destination.name': queue },
    }),
    storeGroups,
  );

  return async (message: ConsumeMessage, stopped: AbortSignal): Promise<ConsumedMessage> => {
    let batch: QueuedBatch;
    try {
      batch = parseQueuedBatch(message, now());
    } catch (error) {
      return await deadLetter(message, toFailure(error).message);
    }
    return await storeTraced(batch, message, stopped);
  };
}

/** The reason why the first of the given groups was refused. */
function refusalOfFirst([first]: readonly MembershipGroup[], window: Window): Failure {
  return window.refused?.get(first?.segment ?? '') as Failure;
}

function pause(retry: number, signal: AbortSignal): Promise<void> {
  return delay(backoffMs(RETRY, retry), undefined, { signal });
}
