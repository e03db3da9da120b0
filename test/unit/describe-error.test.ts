import { inspect } from 'node:util';
import { expect } from 'chai';
import fc from 'fast-check';
import { describeError, messageOf } from '../../src/telemetry/describe-error.js';

const SECRET = 'q7xMark';

/** Messages of dependencies that hold something of a client, and what may be logged of them. */
const MESSAGES: [message: string, logged: string][] = [
  [
    `ERR unknown command 'GET', with args beginning with: 'es:{${SECRET}}:x' `,
    "ERR unknown command '…",
  ],
  [`NOPERM no permission for es:{${SECRET}}:2026-05-23`, 'NOPERM no permission for es:{…'],
  [`Unexpected token u, "{"user_id":${SECRET}" is not valid JSON`, 'Unexpected token u, "…'],
  [`cannot fetch https://u:${SECRET}@host/keys?key=${SECRET}`, 'cannot fetch https://…'],
  [`got [\`${SECRET}\`]`, 'got [`…'],
  [`${'a '.repeat(600)}${SECRET}`, 'a '.repeat(500)],
  [
    "Hostname/IP does not match certificate's altnames: Host: localhost. is not cert's CN: other",
    "Hostname/IP does not match certificate's altnames: Host: localhost. is not cert's CN: other",
  ],
  ['connect ECONNREFUSED 127.0.0.1:6379\n\u001b[31m', 'connect ECONNREFUSED 127.0.0.1:6379 [31m'],
];

/** An error as dependencies make them, with something secret wherever there is room for it. */
function errorWithSecrets(more: object = {}): Error {
  const error = new Error(`ERR '${SECRET}'`, { cause: { [SECRET]: SECRET } });
  const command = { name: 'get', args: [SECRET], [SECRET]: SECRET };
  return Object.assign(error, { command, metadata: { [SECRET]: SECRET }, input: SECRET, ...more });
}

describe('What is logged of an error', () => {
  for (const [message, logged] of MESSAGES) {
    it(`is, of its message: ${logged.slice(0, 60)}`, () => {
      expect(messageOf(new Error(message))).to.equal(logged);
    });
  }

  it('is its type, code, command and place', () => {
    const error = errorWithSecrets({ name: 'ReplyError', code: 'WRONGTYPE' });
    const { stack, cause, ...rest } = describeError(error);
    expect(rest).to.deep.equal({
      type: 'ReplyError',
      message: "ERR '…",
      code: 'WRONGTYPE',
      command: 'get',
    });
    expect(cause?.type).to.equal('object');
    expect(stack).to.match(/^ {4}at errorWithSecrets \(.*describe-error\.test\.ts:\d+:\d+\)\n/);
  });

  it('is nothing that it holds, nor what its causes and other errors hold', () => {
    const nested = new AggregateError([errorWithSecrets(), SECRET], `"${SECRET}"`, {
      cause: new Error(`'${SECRET}`, { cause: errorWithSecrets() }),
    });
    expect(inspect(describeError(nested), { depth: null })).not.to.contain(SECRET);
    expect(describeError(nested).errors).to.have.length(2);
  });

  it('is bounded for errors that go round in circles', () => {
    const error: Error & { errors?: unknown[] } = new Error('one');
    error.cause = error;
    error.errors = Array.from({ length: 1_000 }, () => error);
    expect(JSON.stringify(describeError(error)).length).to.be.below(2_000_000);
  });

  it('is nothing of what is thrown that is no error', () => {
    fc.assert(
      fc.property(fc.anything(), (thrown) => {
        expect(Object.keys(describeError(thrown))).to.deep.equal(['type', 'message']);
        expect(messageOf(thrown)).to.equal('');
      }),
    );
  });

  it('never is what a message quotes, or a frame that it pretends to have', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 100 });
    fc.assert(
      fc.property(text, text, fc.constantFrom("'", '"', '`'), (before, after, quote) => {
        const fake = `${before} ${quote}${SECRET}${quote}${after}\n    at ${SECRET} (file:///x:1:1)`;
        const error = new Error(fake);
        expect(inspect(describeError(error))).not.to.contain(SECRET);
      }),
    );
  });
});
