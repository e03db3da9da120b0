import { expect } from 'chai';
import { createLineReader, MAX_LINE_BYTES } from '../../src/http/bulk/lines.js';
import { inPieces } from '../support/pieces.js';

/** The lines of a text that arrives in pieces of some size; undefined for what is not UTF-8. */
async function read(text: string | Buffer, pieceBytes: number): Promise<(string | undefined)[]> {
  const lines: (string | undefined)[] = [];
  const add = (block: string | undefined) =>
    lines.push(...(block === undefined ? [undefined] : block.replace(/\n$/, '').split('\n')));
  const reader = createLineReader();
  for await (const piece of inPieces(text, pieceBytes))
    for (const block of reader.next(piece)) add(block);
  for (const block of reader.last()) add(block);
  return lines;
}

describe('createLineReader', () => {
  it('reads the same whatever the pieces', async () => {
    const text = 'one\r\n\n  \n{"я":"日😀"}\nlast';
    for (let size = 1; size <= Buffer.byteLength(text); size += 1) {
      expect(await read(text, size)).to.deep.equal(['one\r', '', '  ', '{"я":"日😀"}', 'last']);
    }
  });

  it('reads nothing from nothing', async () => {
    expect(await read('', 10)).to.deep.equal([]);
  });

  it('gives up only the lines that are not UTF-8', async () => {
    const text = Buffer.concat([Buffer.from('one\n"'), Buffer.from([0xff]), Buffer.from('"\ntwo')]);
    for (const size of [1, 3, 100]) {
      expect(await read(text, size)).to.deep.equal(['one', undefined, 'two']);
    }
  });

  it('cuts a line one byte after the limit, and goes on with the next', async () => {
    const text = `a\n${'x'.repeat(MAX_LINE_BYTES)}\n${'y'.repeat(MAX_LINE_BYTES + 1)}\n${'z'.repeat(99_999)}\nb`;
    for (const size of [1_000, 16_384, 65_536]) {
      const lengths = (await read(text, size)).map((line) => line?.length ?? 0);
      expect(lengths.slice(0, 2)).to.deep.equal([1, MAX_LINE_BYTES]);
      for (const length of lengths.slice(2, 4)) expect(length).to.be.greaterThan(MAX_LINE_BYTES);
      expect(lengths.at(-1)).to.equal(1);
    }
  });
});
