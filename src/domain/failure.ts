/** The only table of failures. For each kind it has the status, title and code over REST, and the status over gRPC. */
const TABLE = {
  invalid: row(400, 'Bad Request', 'invalid_request', 'INVALID_ARGUMENT'),
  unauthenticated: row(401, 'Unauthorized', 'unauthenticated', 'UNAUTHENTICATED'),
  forbidden: row(403, 'Forbidden', 'forbidden', 'PERMISSION_DENIED'),
  'not-found': row(404, 'Not Found', 'not_found', 'NOT_FOUND'),
  'wrong-method': row(405, 'Method Not Allowed', 'method_not_allowed', 'UNIMPLEMENTED'),
  late: row(408, 'Request Timeout', 'request_timeout', 'DEADLINE_EXCEEDED'),
  'too-large': row(413, 'Content Too Large', 'too_large', 'INVALID_ARGUMENT'),
  'wrong-type': row(415, 'Unsupported Media Type', 'unsupported_type', 'INVALID_ARGUMENT'),
  expectation: row(417, 'Expectation Failed', 'expectation_failed', 'INVALID_ARGUMENT'),
  misdirected: row(421, 'Misdirected Request', 'misdirected', 'INVALID_ARGUMENT'),
  limited: row(429, 'Too Many Requests', 'rate_limited', 'RESOURCE_EXHAUSTED'),
  'long-headers': row(
    431,
    'Request Header Fields Too Large',
    'headers_too_large',
    'INVALID_ARGUMENT',
  ),
  internal: row(500, 'Internal Server Error', 'internal', 'INTERNAL'),
  'not-implemented': row(501, 'Not Implemented', 'not_implemented', 'UNIMPLEMENTED'),
  unavailable: row(503, 'Service Unavailable', 'unavailable', 'UNAVAILABLE'),
  deadline: row(504, 'Gateway Timeout', 'deadline_exceeded', 'DEADLINE_EXCEEDED'),
  version: row(505, 'HTTP Version Not Supported', 'version_unsupported', 'UNIMPLEMENTED'),
  full: row(507, 'Insufficient Storage', 'too_many_segments', 'RESOURCE_EXHAUSTED'),
} as const;

function row<Code extends string, Grpc extends string>(
  http: number,
  title: string,
  code: Code,
  grpc: Grpc,
) {
  return { http, title, code, grpc };
}

/** More precise codes for an `invalid` failure. */
export const INVALID_CODES = [
  'invalid_field',
  'missing_field',
  'unknown_field',
  'unknown_parameter',
  'out_of_window',
  'invalid_json',
] as const;

/** The code by which programs distinguish failures. A code never changes, because clients depend on it. */
export type FailureCode =
  | (typeof TABLE)[keyof typeof TABLE]['code']
  | (typeof INVALID_CODES)[number];

/** All codes. */
export const FAILURE_CODES: readonly FailureCode[] = [
  ...Object.values(TABLE).map(({ code }) => code),
  ...INVALID_CODES,
];

export function isFailureCode(text: string | undefined): text is FailureCode {
  return FAILURE_CODES.some((code) => code === text);
}

/** The trailers of gRPC with the code of a failure, and with the wrong field. */
export const ERROR_CODE = 'error-code';
export const ERROR_FIELD = 'error-field';

export type FailureKind = keyof typeof TABLE;

export interface FailureOptions extends ErrorOptions {
  /**
   * The code of the failure.
   *
   * @default the code of its kind
   */
  code?: FailureCode;
  /** The wrong field, by the name that the client uses, such as `segments[3]`. */
  field?: string;
  /** Response headers of the failure, such as `Allow`. */
  headers?: Record<string, string>;
  /** Additional members of the problem document. */
  members?: Record<string, unknown>;
}

/**
 * The only error that a client sees in detail; any other error is shown as `internal`. Failures caused by the client have
 * no stack trace, which would cost more time than parsing the refused line.
 */
export class Failure extends Error {
  override readonly name = 'Failure';

  /**
   * @param kind a row of the table
   * @param detail the text that the client reads: it names the field and the limit, and no internals
   * @param options the cause, for the log, and more parts of the answer
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

  get code(): FailureCode {
    return this.options.code ?? this.status.code;
  }

  /** The same failure for a field that is within another one. */
  within(outer: string): Failure {
    const { field } = this.options;
    if (field === undefined) return this;
    const options = { ...this.options, field: `${outer}.${field}` };
    return new Failure(this.kind, `${outer}.${this.message}`, options);
  }
}

/**
 * The failure for a field that breaks a rule.
 *
 * @param rule what the field must be; the text follows the name of the field
 */
export function invalidField(
  field: string,
  rule: string,
  code: (typeof INVALID_CODES)[number] = 'invalid_field',
): Failure {
  return new Failure('invalid', `${field} ${rule}`, { code, field });
}

/** The failure that a client sees for any thrown value. Only a Failure shows its message. */
export function toFailure(error: unknown): Failure {
  return error instanceof Failure
    ? error
    : new Failure('internal', 'something went wrong inside the service', { cause: error });
}

/** After how many seconds a client may retry; 0 if that is unknown. */
export function retryAfterOf(failure: Failure | undefined): number {
  return Number(failure?.options.headers?.['retry-after'] ?? 0);
}

/** Runs a parser without stack traces: wrong input could make it throw very often. */
export function untraced<Result>(run: () => Result): Result {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return run();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
