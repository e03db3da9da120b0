/** The one table of the code base: what a failure is called on each wire. */
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

/** What an `invalid` failure is called where more is known of it. */
export const INVALID_CODES = [
  'invalid_field',
  'missing_field',
  'unknown_field',
  'unknown_parameter',
  'out_of_window',
  'invalid_json',
] as const;

/** What a program tells failures apart by. Never changed once given, since clients act upon it. */
export type FailureCode =
  | (typeof TABLE)[keyof typeof TABLE]['code']
  | (typeof INVALID_CODES)[number];

/** Every code there is. */
export const FAILURE_CODES: readonly FailureCode[] = [
  ...Object.values(TABLE).map(({ code }) => code),
  ...INVALID_CODES,
];

export function isFailureCode(text: string | undefined): text is FailureCode {
  return FAILURE_CODES.some((code) => code === text);
}

/** Trailers that tell the code of a failure over gRPC, and the field at fault. */
export const ERROR_CODE = 'error-code';
export const ERROR_FIELD = 'error-field';

export type FailureKind = keyof typeof TABLE;

export interface FailureOptions extends ErrorOptions {
  /** Its code; that of its kind unless given. */
  code?: FailureCode;
  /** The field at fault, as its sender calls it, such as `segments[3]`. */
  field?: string;
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

  get code(): FailureCode {
    return this.options.code ?? this.status.code;
  }

  /** The same of a field that is part of another one. */
  within(outer: string): Failure {
    const { field } = this.options;
    if (field === undefined) return this;
    const options = { ...this.options, field: `${outer}.${field}` };
    return new Failure(this.kind, `${outer}.${this.message}`, options);
  }
}

/**
 * A field that breaks a rule.
 *
 * @param rule what it must be, as it follows its name
 */
export function invalidField(
  field: string,
  rule: string,
  code: (typeof INVALID_CODES)[number] = 'invalid_field',
): Failure {
  return new Failure('invalid', `${field} ${rule}`, { code, field });
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
