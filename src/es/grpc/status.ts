import type { Refusal } from '../../generated/segment.js';
import { type Failure, toFailure } from '../../shared/failure.js';
import type { RequestContext, RequestLog } from '../../shared/request-log.js';

/** The status of a part of a call that failed for itself. */
export function toRefusal({ status, message }: Failure): Refusal {
  return { code: status.grpc, message };
}

/** The status for anything thrown; what is not the client's business goes to the log. */
export function toStatus(
  error: unknown,
  log: RequestLog,
  context: RequestContext,
): { code: number; details: string } {
  const failure = toFailure(error);
  log.failed(failure, context);
  return { code: failure.status.grpc, details: failure.message };
}
