import { status } from '@grpc/grpc-js';

/** The one table of the code base: what a failure is called on each wire. */
const TABLE = {
  invalid: { http: 400, title: 'Bad Request', grpc: status.INVALID_ARGUMENT },
  unauthenticated: { http: 401, title: 'Unauthorized', grpc: status.UNAUTHENTICATED },
  forbidden: { http: 403, title: 'Forbidden', grpc: status.PERMISSION_DENIED },
  'not-found': { http: 404, title: 'Not Found', grpc: status.NOT_FOUND },
  'wrong-method': { http: 405, title: 'Method Not Allowed', grpc: status.UNIMPLEMENTED },
  'too-large': { http: 413, title: 'Content Too Large', grpc: status.INVALID_ARGUMENT },
  'wrong-type': { http: 415, title: 'Unsupported Media Type', grpc: status.INVALID_ARGUMENT },
  misdirected: { http: 421, title: 'Misdirected Request', grpc: status.INVALID_ARGUMENT },
  limited: { http: 429, title: 'Too Many Requests', grpc: status.RESOURCE_EXHAUSTED },
  unavailable: { http: 503, title: 'Service Unavailable', grpc: status.UNAVAILABLE },
  full: { http: 507, title: 'Insufficient Storage', grpc: status.RESOURCE_EXHAUSTED },
  deadline: { http: 504, title: 'Gateway Timeout', grpc: status.DEADLINE_EXCEEDED },
  internal: { http: 500, title: 'Internal Server Error', grpc: status.INTERNAL },
} as const;

export type FailureKind = keyof typeof TABLE;

export interface FailureOptions extends ErrorOptions {
  /** Response headers that belong to the failure, such as `Allow`. */
  headers?: Record<string, string>;
  /** Members added to the problem document. */
  members?: Record<string, unknown>;
}

/**
 * The only error that reaches a client; anything else thrown is shown as `internal`. What a client did wrong
 * needs no stack trace, which would cost more than to read the line it refuses.
 */
export class Failure extends Error {
  override readonly name = 'Failure';

  /**
   * @param kind what went wrong, a row of the table
   * @param detail what the client reads: names the field and the limit, and nothing from inside
   * @param options the cause, for the log, and what else the answer carries
   */
  constructor(
    readonly kind: FailureKind,
    detail: string,
    readonly options: FailureOptions = {},
  ) {
    const { stackTraceLimit } = Error;
    if (TABLE[kind].http < 500) Error.stackTraceLimit = 0;
    super(detail, options);
    Error.stackTraceLimit = stackTraceLimit;
  }

  get status(): (typeof TABLE)[FailureKind] {
    return TABLE[this.kind];
  }
}

/** The failure to show for anything thrown. What is not a Failure keeps its secrets. */
export function toFailure(error: unknown): Failure {
  return error instanceof Failure
    ? error
    : new Failure('internal', 'something went wrong inside the service', { cause: error });
}

/** In how many seconds what failed may be tried again; 0 where nobody knows. */
export function retryAfterOf(failure: Failure | undefined): number {
  return Number(failure?.options.headers?.['retry-after'] ?? 0);
}

/** Runs what throws at input that is wrong, as often as the input says, without the cost of stack traces. */
export function untraced<Result>(run: () => Result): Result {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return run();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
