import type { Failure } from '../domain/failure.js';
import { messageOf } from './describe-error.js';
import { createLineLimit } from './line-limit.js';
import type { Logger } from './logger.js';

/** The data that identify a request in the logs of both services. */
export interface RequestContext {
  /** A route pattern or the name of a method, never a path. */
  what: string;
  /** The id that the client gave the request. */
  requestId?: string | undefined;
  traceId?: string | undefined;
}

export interface RequestLog {
  /**
   * Logs a request that failed: at `error` for a fault of the service, at `warn` if a dependency is unreachable or
   * overloaded, at `debug` for a fault of the client.
   */
  failed(failure: Failure, context: RequestContext): void;
  /** Whether to log the request that is being answered: a random sample is logged. */
  isSampled(): boolean;
  answered(status: number, durationMs: number, context: RequestContext): void;
}

/** @param accessSample the part of the answered requests that is logged, from 0 to 1 */
export function createRequestLog(logger: Logger, accessSample: number): RequestLog {
  const mayWarn = createLineLimit((left) => {
    logger.warn(`${left} more requests failed like that`);
  });

  return {
    failed(failure, context) {
      const { http } = failure.status;
      if (http === 500) {
        logger.error({ ...context, err: failure.options.cause ?? failure }, 'request failed');
      } else if (http > 500) {
        const { cause } = failure.options;
        const reason = cause === undefined ? undefined : messageOf(cause);
        if (mayWarn()) {
          logger.warn({ ...context, reason }, `request failed: ${failure.message}`);
        }
      } else logger.debug({ ...context, status: http }, 'request refused');
    },
    isSampled: () => accessSample > 0 && Math.random() < accessSample,
    answered(status, durationMs, context) {
      logger.info(
        { ...context, status, durationMs: Math.round(durationMs * 1_000) / 1_000 },
        'request answered',
      );
    },
  };
}
