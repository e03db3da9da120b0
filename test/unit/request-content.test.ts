import { expect } from 'chai';
import { toFailure } from '../../src/domain/failure.js';
import { isGzip, isNdjson, MEDIA_TYPES, mediaType } from '../../src/http/request/content.js';

const JSON_TYPE = 'application/json';
const NDJSON = 'application/x-ndjson';

function refusalOf(call: () => unknown) {
  try {
    throw new Error(`not refused, but ${call()}`);
  } catch (thrown) {
    const { kind, message, options } = toFailure(thrown);
    return { kind, message, headers: options.headers };
  }
}

const typed = (type?: string) => ({ headers: type === undefined ? {} : { 'content-type': type } });
const encoded = (coding?: string) => ({
  headers: coding === undefined ? {} : { 'content-encoding': coding },
});

describe('The media type of a body', () => {
  it('is known by each of its names, in any case of letters, in UTF-8', () => {
    for (const [type, names] of Object.entries(MEDIA_TYPES)) {
      for (const name of [type, ...names]) {
        for (const written of [name, name.toUpperCase(), `${name}; charset=UTF-8`]) {
          expect(mediaType(typed(written), [JSON_TYPE, NDJSON]), written).to.equal(type);
          expect(isNdjson(typed(written)), written).to.equal(type === NDJSON);
        }
      }
    }
    expect(mediaType(typed('application/json;charset=utf8'), [JSON_TYPE])).to.equal(JSON_TYPE);
    expect(isNdjson(typed())).to.equal(false);
  });

  it('is refused where the route does not take it, with the types that it takes', () => {
    expect(refusalOf(() => mediaType(typed(NDJSON), [JSON_TYPE]))).to.deep.equal({
      kind: 'wrong-type',
      message: 'Content-Type must be application/json',
      headers: { accept: 'application/json' },
    });
    expect(refusalOf(() => mediaType(typed('text/csv'), [JSON_TYPE, NDJSON]))).to.deep.equal({
      kind: 'wrong-type',
      message: 'Content-Type must be application/json or application/x-ndjson',
      headers: { accept: 'application/json, application/x-ndjson' },
    });
  });

  for (const [type, why] of [
    [undefined, 'there is none'],
    ['application/x-www-form-urlencoded', 'curl -d sends a form by itself'],
    ['multipart/form-data; boundary=a', 'send the body itself, as --data-binary does, not a form'],
    ['text/plain', 'a body of text/plain is not looked into'],
    [`application/json; a=${'x'.repeat(1_024)}`, 'there is none'],
  ] as const) {
    it(`is refused with what to do: ${String(type).slice(0, 40)}`, () => {
      expect(refusalOf(() => mediaType(typed(type), [JSON_TYPE]))).to.include({
        message: `Content-Type must be application/json; ${why}: with curl add -H 'Content-Type: application/json'`,
      });
    });
  }

  it('is looked at up to 1,024 characters', () => {
    const head = 'application/json; a=';
    const longest = head + 'x'.repeat(1_024 - head.length);
    expect(mediaType(typed(longest), [JSON_TYPE])).to.equal(JSON_TYPE);
    expect(() => mediaType(typed(`${longest}x`), [JSON_TYPE])).to.throw(/there is none/);
  });

  it('is refused in another charset', () => {
    for (const charset of ['latin1', 'utf-16', 'xutf-8', 'utf-8x']) {
      const type = `application/json; charset=${charset}`;
      expect(refusalOf(() => mediaType(typed(type), [JSON_TYPE]))).to.deep.equal({
        kind: 'wrong-type',
        message: 'Content-Type: charset must be utf-8',
        headers: { accept: 'application/json' },
      });
    }
  });
});

describe('The encoding of a body', () => {
  it('is gzip, once, or none', () => {
    for (const coding of [
      'gzip',
      'GZIP',
      'x-gzip',
      'X-Gzip',
      ' gzip ',
      'identity, gzip',
      'gzip,',
    ]) {
      expect(isGzip(encoded(coding)), coding).to.equal(true);
    }
    for (const coding of [undefined, '', 'identity', 'Identity', ' identity , ']) {
      expect(isGzip(encoded(coding)), String(coding)).to.equal(false);
    }
  });

  it('is refused where it is another, or more', () => {
    for (const coding of ['br', 'deflate', 'gzip, gzip', 'gzip, br', 'x-gzip, gzip', '*']) {
      expect(
        refusalOf(() => isGzip(encoded(coding))),
        coding,
      ).to.deep.equal({
        kind: 'wrong-type',
        message: 'Content-Encoding must be gzip, once, or identity',
        headers: { 'accept-encoding': 'gzip, identity' },
      });
    }
  });
});
