import type { ConsumeMessage } from 'amqplib';
import type { Rabbitmq } from '../../rabbitmq/connection.js';
import { deadLetterQueue, REASON_HEADER, sameProperties } from '../../rabbitmq/queues.js';
import { createLineLimit } from '../../telemetry/line-limit.js';
import type { Logger } from '../../telemetry/logger.js';
import type { ConsumedMessage } from './metrics.js';

/**
 * Returns a function that makes a message a dead letter, with the reason. If dead letters are at their limit, the message
 * is `held_back`: the consumer must refuse it (nack) instead of acknowledging it. RabbitMQ then keeps it apart from all
 * others, and itself makes it a dead letter when there is room.
 */
export function createDeadLetters(
  rabbitmq: Pick<Rabbitmq, 'publish'>,
  queue: string,
  logger: Logger,
): (message: ConsumeMessage, reason: string) => Promise<ConsumedMessage> {
  const mayLog = createLineLimit((left) => {
    logger.error(`${left} more messages cannot be stored`);
  });
  const log = (line: string) => {
    if (mayLog()) logger.error(line);
  };
  return async (message, reason) => {
    const properties = { ...sameProperties(message), headers: { [REASON_HEADER]: reason } };
    try {
      await rabbitmq.publish(deadLetterQueue(queue), message.content, properties);
    } catch {
      log(`a message cannot be stored, and dead letters take no more now: ${reason}`);
      return { outcome: 'held_back', expired: 0 };
    }
    log(`a message cannot be stored and is now a dead letter: ${reason}`);
    return { outcome: 'dead_lettered', expired: 0 };
  };
}
