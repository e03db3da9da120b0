import { expect } from 'chai';
import {
  FAILURE_CODES,
  Failure,
  type FailureKind,
  INVALID_CODES,
  invalidField,
  isFailureCode,
  retryAfterOf,
  toFailure,
  untraced,
} from '../../src/domain/failure.js';

const KINDS: [FailureKind, http: number, title: string, code: string, grpc: string][] = [
  ['invalid', 400, 'Bad Request', 'invalid_request', 'INVALID_ARGUMENT'],
  ['unauthenticated', 401, 'Unauthorized', 'unauthenticated', 'UNAUTHENTICATED'],
  ['forbidden', 403, 'Forbidden', 'forbidden', 'PERMISSION_DENIED'],
  ['not-found', 404, 'Not Found', 'not_found', 'NOT_FOUND'],
  ['wrong-method', 405, 'Method Not Allowed', 'method_not_allowed', 'UNIMPLEMENTED'],
  ['late', 408, 'Request Timeout', 'request_timeout', 'DEADLINE_EXCEEDED'],
  ['too-large', 413, 'Content Too Large', 'too_large', 'INVALID_ARGUMENT'],
  ['wrong-type', 415, 'Unsupported Media Type', 'unsupported_type', 'INVALID_ARGUMENT'],
  ['expectation', 417, 'Expectation Failed', 'expectation_failed', 'INVALID_ARGUMENT'],
  ['misdirected', 421, 'Misdirected Request', 'misdirected', 'INVALID_ARGUMENT'],
  ['limited', 429, 'Too Many Requests', 'rate_limited', 'RESOURCE_EXHAUSTED'],
  ['long-headers', 431, 'Request Header Fields Too Large', 'headers_too_large', 'INVALID_ARGUMENT'],
  ['internal', 500, 'Internal Server Error', 'internal', 'INTERNAL'],
  ['not-implemented', 501, 'Not Implemented', 'not_implemented', 'UNIMPLEMENTED'],
  ['unavailable', 503, 'Service Unavailable', 'unavailable', 'UNAVAILABLE'],
  ['deadline', 504, 'Gateway Timeout', 'deadline_exceeded', 'DEADLINE_EXCEEDED'],
  ['version', 505, 'HTTP Version Not Supported', 'version_unsupported', 'UNIMPLEMENTED'],
  ['full', 507, 'Insufficient Storage', 'too_many_segments', 'RESOURCE_EXHAUSTED'],
];

describe('A failure', () => {
  for (const [kind, http, title, code, grpc] of KINDS) {
    it(`that is ${kind} is ${http} over REST and ${grpc} over gRPC`, () => {
      const failure = new Failure(kind, 'a detail');
      expect(failure.status).to.deep.equal({ http, title, code, grpc });
      expect(failure.code).to.equal(code);
    });

    it(`that is ${kind} has a stack trace ${http < 500 ? 'never' : 'always'}`, () => {
      const limit = Error.stackTraceLimit;
      const { stack = '' } = new Failure(kind, 'a detail');
      expect(stack.includes('\n    at ')).to.equal(http >= 500);
      expect(Error.stackTraceLimit).to.equal(limit);
    });
  }

  it('is named for what it is, and keeps its cause', () => {
    const cause = new Error('a cause');
    const failure = new Failure('internal', 'a detail', { cause });
    expect(`${failure}`).to.equal('Failure: a detail');
    expect(failure.cause).to.equal(cause);
  });

  it('may have a more precise code', () => {
    expect(new Failure('invalid', '', { code: 'invalid_json' }).code).to.equal('invalid_json');
  });

  it('of a field names it, within another one too', () => {
    const failure = invalidField('user_id', 'is missing', 'missing_field');
    expect([failure.kind, failure.message]).to.deep.equal(['invalid', 'user_id is missing']);
    expect(failure.options).to.deep.equal({ code: 'missing_field', field: 'user_id' });
    expect(invalidField('a', 'is wrong').code).to.equal('invalid_field');
    const within = failure.within('items[3]');
    expect([within.kind, within.message]).to.deep.equal(['invalid', 'items[3].user_id is missing']);
    expect(within.options).to.deep.equal({ code: 'missing_field', field: 'items[3].user_id' });
  });

  it('of no field is the same within any', () => {
    const failure = new Failure('full', 'a detail');
    expect(failure.within('items[3]')).to.equal(failure);
  });
});

describe('What was thrown', () => {
  it('is shown where it is a failure, and hidden where it is anything else', () => {
    const failure = new Failure('limited', 'too many');
    expect(toFailure(failure)).to.equal(failure);
    const secret = new Error('a secret');
    for (const thrown of [secret, 'a secret', undefined]) {
      const { kind, message, cause } = toFailure(thrown);
      expect([kind, message]).to.deep.equal([
        'internal',
        'something went wrong inside the service',
      ]);
      expect(cause).to.equal(thrown);
    }
  });

  it('says when a retry may succeed', () => {
    const limited = (headers?: Record<string, string>) =>
      new Failure('limited', 'too many', headers && { headers });
    expect(retryAfterOf(limited({ 'retry-after': '7' }))).to.equal(7);
    expect([limited({}), limited(), undefined].map(retryAfterOf)).to.deep.equal([0, 0, 0]);
  });

  it('has no stack trace where it is untraced, and has one again afterwards', () => {
    const limit = Error.stackTraceLimit;
    const { stack = '' } = untraced(() => new Error('wrong input'));
    expect(stack).to.equal('Error: wrong input');
    expect(() => untraced(() => JSON.parse('{'))).to.throw(SyntaxError);
    expect(Error.stackTraceLimit).to.equal(limit);
  });
});

describe('The codes of failures', () => {
  it('are those of the kinds, and more precise ones', () => {
    const codes = KINDS.map(([, , , code]) => code);
    expect([...FAILURE_CODES]).to.have.members([...codes, ...INVALID_CODES]);
    expect(FAILURE_CODES.every(isFailureCode)).to.equal(true);
    expect(['', 'Invalid_field', 'full', undefined].some(isFailureCode)).to.equal(false);
  });
});
