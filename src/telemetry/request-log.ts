import type { Failure } from '../domain/failure.js';
import { messageOf } from './describe-error.js';
import { createLineLimit } from './line-limit.js';
import type { Logger } from './logger.js';

/** What tells one request from others in the logs of all services. */
export interface RequestContext {
  /** A route pattern or the name of a method, never a path. */
  what: string;
  /** What its client calls it. */
  requestId?: string | undefined;
  traceId?: string | undefined;
}

export interface RequestLog {
  /**
   * A line for a request that failed: `error` for a fault of ours, `warn` for what is away or overloaded, `debug` for
   * what the client did wrong.
   */
  failed(failure: Failure, context: RequestContext): void;
  /** Whether a request that is answered now gets a line; some do, as configured. */
  isSampled(): boolean;
  answered(status: number, durationMs: number, context: RequestContext): void;
}

/** @param accessSample how many of 1 are logged when they are answered */
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
