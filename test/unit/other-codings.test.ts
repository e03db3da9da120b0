import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { toFailure } from '../../src/domain/failure.js';
import { readNdjson } from '../../src/http/bulk/ndjson.js';
import { parseJson } from '../../src/http/request/body.js';
import { inPieces } from '../support/pieces.js';

const TEXT = '{"segment":"a","user_id":"1"}\n'.repeat(3);
const UTF16 = Buffer.from(`\ufeff${TEXT}`, 'utf16le');

const NOWHERE = { add() {}, refuse() {}, room: async () => {} };

/** Bodies, and what is said of them. */
const BODIES: [what: string, body: Buffer, said: RegExp | undefined][] = [
  ['gzip', gzipSync(TEXT), /^the body is gzip; send it with Content-Encoding: gzip$/],
  ['gzip of nothing', gzipSync(''), /^the body is gzip/],
  ['gzip that is cut short', gzipSync(TEXT).subarray(0, 2), /^the body is gzip/],
  ['gzip in many lines', gzipSync(TEXT.repeat(9), { level: 0 }), /^the body is gzip/],
  ['UTF-16', UTF16, /^the body is UTF-16; send it as UTF-8$/],
  ['UTF-16, big end first', Buffer.from(UTF16).swap16(), /^the body is UTF-16/],
  ['zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x24, 0x5a]), /^the body is zstd; .* or as gzip$/],
  ['UTF-8', Buffer.from(TEXT), undefined],
  ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${TEXT}`), undefined],
  ['Latin 1', Buffer.from('{"segment":"caf\xe9"}\n', 'latin1'), undefined],
  ['a line of UTF-8, then gzip', Buffer.concat([Buffer.from(TEXT), gzipSync(TEXT)]), undefined],
];

describe('A body that is not as it says', () => {
  for (const [what, body, said] of BODIES) {
    it(`is refused as a whole where its first bytes tell what it is, in whatever pieces: ${what}`, async () => {
      for (const pieceBytes of [1, 7, 65_536]) {
        const failure = await readNdjson(inPieces(body, pieceBytes), Date.now, NOWHERE).then(
          () => undefined,
          toFailure,
        );
        if (said === undefined) expect(failure).to.equal(undefined);
        else expect(failure?.message).to.match(said);
      }
    });

    if (said === undefined) continue;
    it(`is named where it is to be one JSON: ${what}`, () => {
      expect(() => parseJson(body)).to.throw(said);
    });
  }
});
