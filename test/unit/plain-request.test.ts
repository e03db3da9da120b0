import { expect } from 'chai';
import { MAX_PLAIN_BYTES, readPlainRequest } from '../../src/http/connection/plain-request.js';
import { rawRequest } from '../support/raw.js';

const HEADERS = { 'Content-Type': 'application/json', Accept: '*/*', Connection: 'keep-alive' };
const BODY = '{"segment":"a","user_id":"b"}';

const read = (bytes: Buffer) => readPlainRequest(bytes, MAX_PLAIN_BYTES);

describe('readPlainRequest', () => {
  it('reads a request as nearly every client sends it', () => {
    const plain = read(rawRequest('POST /segment', HEADERS, BODY));
    expect(plain?.path).to.equal('/segment');
    expect(plain?.body.toString()).to.equal(BODY);
    expect(plain?.headers).to.include({ host: 'localhost', 'content-type': 'application/json' });
  });

  it('leaves a request that is not there to its last byte', () => {
    const bytes = rawRequest('POST /segment', HEADERS, BODY);
    for (let length = 0; length < bytes.length; length += 1) {
      expect(read(bytes.subarray(0, length)), `${length} bytes`).to.equal(undefined);
    }
  });

  it('leaves what has a byte more than it may, or than its length says', () => {
    const bytes = rawRequest('POST /segment', HEADERS, BODY);
    expect(readPlainRequest(bytes, bytes.length)).not.to.equal(undefined);
    expect(readPlainRequest(bytes, bytes.length - 1)).to.equal(undefined);
    expect(read(Buffer.concat([bytes, Buffer.from('x')]))).to.equal(undefined);
  });
});
