import { expect } from 'chai';
import {
  MAX_PLAIN_BODY_BYTES,
  MAX_PLAIN_HEAD_BYTES,
  readPlainRequest,
} from '../../src/http/connection/plain-request.js';
import { rawRequest } from '../support/raw.js';

const HEADERS = { 'Content-Type': 'application/json', Accept: '*/*', Connection: 'keep-alive' };
const BODY = '{"segment":"a","user_id":"b"}';

const read = (bytes: Buffer) => readPlainRequest(bytes, MAX_PLAIN_HEAD_BYTES);

describe('readPlainRequest', () => {
  it('reads a request as nearly every client sends it', () => {
    const plain = read(rawRequest('POST /segment', HEADERS, BODY));
    expect(plain?.target).to.equal('/segment');
    expect(plain?.search).to.equal('');
    expect(plain?.body.toString()).to.equal(BODY);
    expect(plain?.missingBytes).to.equal(0);
    expect(plain?.headers).to.include({ host: 'localhost', 'content-type': 'application/json' });
  });

  it('leaves a head that is not there to its last byte, and tells what is missing of a body', () => {
    const bytes = rawRequest('POST /segment', HEADERS, BODY);
    const headBytes = bytes.length - BODY.length;
    for (let length = 0; length <= bytes.length; length += 1) {
      const missing = length < headBytes ? undefined : bytes.length - length;
      expect(read(bytes.subarray(0, length))?.missingBytes, `${length} bytes`).to.equal(missing);
    }
  });

  it('reads a plain query, and leaves one that has to be decoded', () => {
    for (const [target, search] of [
      ['/segment/s?days=7', 'days=7'],
      ['/segment/s?', ''],
      ['/segment/s?a=1&b_c=-.~', 'a=1&b_c=-.~'],
    ] as const) {
      const plain = read(rawRequest(`GET ${target}`, {}));
      expect([plain?.target, plain?.search]).to.deep.equal([target, search]);
    }
    for (const query of ['days=%37', 'days=7+1', 'a?b', 'a#b', 'я', 'a/b', 'a b']) {
      expect(read(rawRequest(`GET /segment/s?${query}`, {})), query).to.equal(undefined);
    }
  });

  it('leaves what has a byte more than its length says', () => {
    const bytes = rawRequest('POST /segment', HEADERS, BODY);
    expect(read(Buffer.concat([bytes, Buffer.from('x')]))).to.equal(undefined);
  });

  it('leaves a head or a body that has a byte more than it may', () => {
    const bytes = rawRequest('POST /segment', HEADERS, BODY);
    const headBytes = bytes.length - BODY.length;
    expect(readPlainRequest(bytes, headBytes)).not.to.equal(undefined);
    expect(readPlainRequest(bytes, headBytes - 1)).to.equal(undefined);
    const long = (length: number) => rawRequest('POST /segments', HEADERS, 'x'.repeat(length));
    expect(read(long(MAX_PLAIN_BODY_BYTES))?.body).to.have.length(MAX_PLAIN_BODY_BYTES);
    expect(read(long(MAX_PLAIN_BODY_BYTES + 1))).to.equal(undefined);
  });
});
