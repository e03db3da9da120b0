import { Metadata, status } from '@grpc/grpc-js';
import { ERROR_CODE, ERROR_FIELD, type Failure, toFailure } from '../../domain/failure.js';
import type { Refusal } from '../../generated/segment.js';
import type { RequestContext, RequestLog } from '../../telemetry/request-log.js';

/** How long a client waits before it retries by itself (gRFC A6); negative means that it does not. */
const PUSHBACK = 'grpc-retry-pushback-ms';

/** The status of the part of a call that failed, while other parts succeeded. */
export function toRefusal(failure: Failure): Refusal {
  return { code: codeOf(failure), message: failure.message };
}

/** The status that ends a call with a failure. */
export interface FailedStatus {
  code: status;
  details: string;
  metadata: Metadata;
}

/** The status of a failure, with its `code` and `field` in trailers. */
export function statusOf(failure: Failure): FailedStatus {
  const { code, kind, message, options } = failure;
  const metadata = new Metadata();
  metadata.set(ERROR_CODE, code);
  if (options.field !== undefined) metadata.set(ERROR_FIELD, options.field);
  // Clients must not retry by themselves: each retry would load an overloaded ES even more.
  if (kind === 'unavailable') metadata.set(PUSHBACK, '-1');
  return { code: codeOf(failure), details: message, metadata };
}

/** The status for any thrown value. Details that clients must not see go to the log instead. */
export function toStatus(
  error: unknown,
  requestLog: RequestLog,
  context: RequestContext,
): FailedStatus {
  const failure = toFailure(error);
  requestLog.failed(failure, context);
  return statusOf(failure);
}

function codeOf(failure: Failure): status {
  return status[failure.status.grpc];
}
