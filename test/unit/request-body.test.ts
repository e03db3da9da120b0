import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { toFailure } from '../../src/domain/failure.js';
import { parseJson, readJson, readObject } from '../../src/http/request/body.js';
import { chunks } from '../../src/http/request/body-stream.js';
import { inPieces } from '../support/pieces.js';
import { makeRequest } from '../support/request.js';

const clients = { nameOf: () => 'a client', quota: undefined };
const OPTIONS = { clients, unknownMembers: 'refuse' } as const;
const GZIP = { 'content-encoding': 'gzip' };
const JSON_TYPE = { 'content-type': 'application/json' };
const LIMITS = { bytes: 100 };

const stream = (bytes: Buffer, pieceBytes = 7) => Readable.from(inPieces(bytes, pieceBytes));

/** What a call is refused with. */
async function refusalOf(call: Promise<unknown>) {
  const failure = await call.then(
    (value) => expect.fail(`not refused, but ${JSON.stringify(value)}`),
    toFailure,
  );
  const { kind, message, code } = failure;
  return { kind, message, code };
}

describe('A body of JSON', () => {
  const TEXT = '{"segment":"спорт","users":[1,2]}';
  const VALUE = JSON.parse(TEXT);

  it('is read the same whole, in pieces, and as gzip', async () => {
    const bytes = Buffer.from(TEXT);
    for (const request of [
      makeRequest(bytes),
      makeRequest(stream(bytes)),
      makeRequest(stream(bytes, 1)),
      makeRequest(stream(gzipSync(bytes)), GZIP),
      makeRequest(stream(bytes), { 'content-encoding': 'identity' }),
    ]) {
      expect(await readJson(request, LIMITS, { clients })).to.deep.equal(VALUE);
    }
  });

  it('may have as many bytes as it may, and not one more, before any gzip', async () => {
    const bytes = Buffer.from(TEXT);
    const read = (body: Buffer, headers: Record<string, string>, limits: object) =>
      readJson(makeRequest(stream(body), headers), { bytes: 0, ...limits }, { clients });
    for (const [body, headers] of [
      [bytes, {}],
      [gzipSync(bytes), GZIP],
    ] as const) {
      expect(await read(body, headers, { bytes: bytes.length })).to.deep.equal(VALUE);
      const most = bytes.length - 1;
      expect(await refusalOf(read(body, headers, { bytes: most }))).to.include({
        kind: 'too-large',
        message: `the body must be at most ${most} bytes`,
      });
      const instead = { bytes: most, instead: 'send it in parts' };
      expect((await refusalOf(read(body, headers, instead))).message).to.equal(
        `the body must be at most ${most} bytes; send it in parts`,
      );
    }
  });

  it('may have as many bytes as its client may be charged for, all at once', async () => {
    const bytes = Buffer.from(TEXT);
    const charged: number[] = [];
    const prepay = (_: unknown, length: number) => charged.push(length);
    const read = (maxBytes: number) => {
      const quota = { maxBytes, prepay } as never;
      const own = { clients: { nameOf: () => 'a client', quota } };
      return readJson(makeRequest(stream(bytes, 20)), LIMITS, own);
    };
    expect(await read(bytes.length)).to.deep.equal(VALUE);
    expect(charged).to.deep.equal([20, bytes.length]);
    expect((await refusalOf(read(bytes.length - 1))).kind).to.equal('too-large');
  });

  it('is refused where its gzip is broken or cut short', async () => {
    const zipped = gzipSync(TEXT);
    for (const body of [zipped.subarray(0, -1), Buffer.from('no gzip')]) {
      expect(
        await refusalOf(readJson(makeRequest(stream(body), GZIP), LIMITS, { clients })),
      ).to.include({
        kind: 'invalid',
        message: 'the body is not valid gzip, or is cut short',
      });
    }
  });

  it('ends as its connection does', async () => {
    for (const headers of [{}, GZIP]) {
      const broken = new Readable({ read: () => broken.destroy(new Error('reset')) });
      const failed = readJson(makeRequest(broken, headers), LIMITS, { clients });
      expect(await failed.catch(({ message }) => message)).to.equal('reset');
    }
  });

  it('is refused where it is no JSON, by the position alone', () => {
    for (const [text, message] of [
      ['', 'the JSON is empty'],
      [' \n', 'the JSON is empty'],
      ['{"user_id":secret}', 'the JSON is broken'],
      ['{"user_id":"secret" 1}', 'the JSON is broken at position 20'],
      ['{"a":1', 'the JSON is broken at position 6'],
      ['{"a":1,"a":2}', 'the JSON has the member a twice'],
    ] as const) {
      const words = (() => {
        try {
          return parseJson(text);
        } catch (thrown) {
          return toFailure(thrown).message;
        }
      })();
      expect(words, text).to.contain(message);
      expect(words).not.to.contain('secret');
    }
  });

  it('has a code of its own where it is no JSON, and the remedy of the route', async () => {
    const read = readJson(makeRequest(Buffer.from('{"a":1 2}')), LIMITS, { clients }, 'try again');
    expect(await refusalOf(read)).to.deep.equal({
      kind: 'invalid',
      message: 'the JSON is broken at position 7; try again',
      code: 'invalid_json',
    });
  });

  it('is refused with what is likely to be done about it', () => {
    const asked: [string, boolean][] = [];
    const remedyOf = (text: string, goesOn: boolean) => {
      asked.push([text, goesOn]);
      return goesOn ? 'is it NDJSON?' : undefined;
    };
    expect(() => parseJson('{}\n{}', remedyOf)).to.throw(
      /^the JSON is broken at position 3; is it/,
    );
    expect(() => parseJson('{', remedyOf)).to.throw(/^the JSON is broken at position 1$/);
    expect(asked).to.deep.equal([
      ['{}\n{}', true],
      ['{', false],
    ]);
    expect(() => parseJson(Buffer.from([0x22, 0xff, 0x22]))).to.throw(
      'the JSON is not valid UTF-8',
    );
  });
});

describe('A body that is an object', () => {
  const read = (text: string, headers: Record<string, string> = JSON_TYPE) =>
    readObject(makeRequest(Buffer.from(text), headers), LIMITS, ['all', 'any'], OPTIONS);

  it('has the members that it may have', async () => {
    expect(await read('{"any":["a"]}')).to.deep.equal({ any: ['a'] });
    expect(await read('{}')).to.deep.equal({});
    expect((await refusalOf(read('{"every":[]}'))).code).to.equal('unknown_field');
  });

  it('is refused where it is anything else', async () => {
    for (const text of ['[]', 'null', '7', '"a"', 'true']) {
      const { kind, message } = await refusalOf(read(text));
      expect([kind, message], text).to.deep.equal([
        'invalid',
        'the body must be a JSON object; it may have all, any',
      ]);
    }
    expect((await refusalOf(read('{}', {}))).kind).to.equal('wrong-type');
  });
});

describe('The chunks of a body', () => {
  it('are those before any gzip, and end with the client', async () => {
    const bytes = Buffer.from('some bytes of a body');
    for (const request of [
      makeRequest(stream(bytes)),
      makeRequest(stream(gzipSync(bytes)), GZIP),
    ]) {
      const read: Buffer[] = [];
      for await (const chunk of chunks(request)) read.push(chunk);
      expect(Buffer.concat(read)).to.deep.equal(bytes);
    }
    const gone = chunks(makeRequest(stream(bytes), {}, () => true));
    expect((await refusalOf(gone.next())).message).to.contain('nobody waits for the answer');
  });

  it('leave a body that is not read to its end paused, with its connection open', async () => {
    const bytes = randomBytes(1_000_000);
    for (const [body, headers] of [
      [stream(bytes, 1_000), {}],
      [stream(gzipSync(bytes), 1_000), GZIP],
    ] as const) {
      for await (const _ of chunks(makeRequest(body, headers))) break;
      expect(body.destroyed).to.equal(false);
      if (headers !== GZIP) expect(body.isPaused()).to.equal(true);
      body.destroy();
    }
  });
});
