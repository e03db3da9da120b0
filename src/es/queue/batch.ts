import type { Message } from 'amqplib';
import { Failure } from '../../domain/failure.js';
import type { MembershipGroup } from '../../domain/membership-groups.js';
import { packMemberships } from '../../domain/packed-memberships.js';
import { StoreBatchRequest } from '../../generated/segment.js';
import { CONTENT_TYPE } from '../../rabbitmq/queues.js';
import { traceIdOf } from '../../telemetry/tracing/tracing.js';
import { parseBatch } from '../grpc/messages.js';
import { strictReader } from '../grpc/strict-reader.js';

/** The content of a message of the queue. */
export interface QueuedBatch {
  groups: MembershipGroup[];
  traceparent: string | undefined;
}

/**
 * Decodes and checks a message.
 *
 * @param now the time in milliseconds; no day may be later
 * @throws Failure `invalid` if the message can never be stored
 */
export function parseQueuedBatch({ content, properties }: Message, now: number): QueuedBatch {
  if (properties.contentType !== CONTENT_TYPE) {
    throw new Failure('invalid', `content type must be ${CONTENT_TYPE}`);
  }
  let batch: StoreBatchRequest;
  try {
    batch = StoreBatchRequest.decode(strictReader(content));
  } catch (cause) {
    throw new Failure('invalid', 'the body is no StoreBatchRequest', { cause });
  }
  const traceparent = traceIdOf(batch.traceparent) && batch.traceparent;
  return { groups: parseBatch(batch, now).groups, traceparent };
}

/** Encodes groups as the body of a message. */
export function encodeQueuedBatch(groups: readonly MembershipGroup[]): Buffer {
  const batch = { memberships: [], packed: packMemberships(groups) };
  return Buffer.from(StoreBatchRequest.encode(batch).finish());
}
