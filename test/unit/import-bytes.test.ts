import { expect } from 'chai';
import { withoutMark } from '../../scripts/import/bytes.js';
import { inPieces } from '../support/pieces.js';

async function read(bytes: Buffer, pieceBytes: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of withoutMark(inPieces(bytes, pieceBytes))) pieces.push(piece);
  return Buffer.concat(pieces);
}

const SIZES = [1, 2, 3, 4, 100];

describe('The byte order mark', () => {
  for (const text of ['', 'a', 'ab', 'abc', 'a,b\n', 'a\ufeff', '日']) {
    it(`is left away where ${JSON.stringify(text)} follows it, and only there`, async () => {
      for (const size of SIZES) {
        expect((await read(Buffer.from(text), size)).toString()).to.equal(text);
        expect((await read(Buffer.from(`\ufeff${text}`), size)).toString()).to.equal(text);
      }
    });
  }

  it('of UTF-16 is refused with the remedy', async () => {
    for (const text of ['\ufeff', '\ufeffa,b\n']) {
      for (const bytes of [Buffer.from(text, 'utf16le'), Buffer.from(text, 'utf16le').swap16()]) {
        for (const size of SIZES) {
          const error = await read(bytes, size).catch((reason) => reason);
          expect(error.message).to.match(/^it is UTF-16; .*iconv -f UTF-16 -t UTF-8/);
        }
      }
    }
  });
});
