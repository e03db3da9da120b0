import { Metadata } from '@grpc/grpc-js';
import type { Refusal } from '../../generated/segment.js';
import { type Failure, toFailure } from '../../shared/failure.js';
import type { RequestContext, RequestLog } from '../../shared/request-log.js';

/** By the retry design of gRPC (gRFC A6): how long to wait before a retry; less than 0 is for ever. */
const PUSHBACK = 'grpc-retry-pushback-ms';

/** The status of a part of a call that failed for itself. */
export function toRefusal({ status, message }: Failure): Refusal {
  return { code: status.grpc, message };
}

/** The status for anything thrown; what is not the client's business goes to the log. */
export function toStatus(
  error: unknown,
  log: RequestLog,
  context: RequestContext,
): { code: number; details: string; metadata?: Metadata } {
  const failure = toFailure(error);
  log.failed(failure, context);
  const status = { code: failure.status.grpc, details: failure.message };
  return failure.kind === 'unavailable' ? { ...status, metadata: noRetry() } : status;
}

/** Has clients not ask again by themselves: what ES has no time for would be more each time. */
function noRetry(): Metadata {
  const metadata = new Metadata();
  metadata.set(PUSHBACK, '-1');
  return metadata;
}
