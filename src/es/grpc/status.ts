import { Metadata, status } from '@grpc/grpc-js';
import { ERROR_CODE, ERROR_FIELD, type Failure, toFailure } from '../../domain/failure.js';
import type { Refusal } from '../../generated/segment.js';
import type { RequestContext, RequestLog } from '../../telemetry/request-log.js';

/** By the retry design of gRPC (gRFC A6): how long to wait before a retry; less than 0 is for ever. */
const PUSHBACK = 'grpc-retry-pushback-ms';

/** The number that gRPC has for a failure. */
export function statusCodeOf(failure: Failure): status {
  return status[failure.status.grpc];
}

/** The status of a part of a call that failed for itself. */
export function toRefusal(failure: Failure): Refusal {
  return { code: statusCodeOf(failure), message: failure.message };
}

/** The status for anything thrown; what is not the client's business goes to the log. */
export function toStatus(
  error: unknown,
  requestLog: RequestLog,
  context: RequestContext,
): { code: number; details: string; metadata: Metadata } {
  const failure = toFailure(error);
  requestLog.failed(failure, context);
  const { code, kind, message, options } = failure;
  const metadata = new Metadata();
  metadata.set(ERROR_CODE, code);
  if (options.field !== undefined) metadata.set(ERROR_FIELD, options.field);
  // Has clients not ask again by themselves: what ES has no time for would be more each time.
  if (kind === 'unavailable') metadata.set(PUSHBACK, '-1');
  return { code: statusCodeOf(failure), details: message, metadata };
}
