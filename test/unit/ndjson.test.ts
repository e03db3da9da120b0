import { expect } from 'chai';
import { type Entry, MAX_LINE_BYTES, readNdjson } from '../../src/shared/http/ndjson.js';

/** The entries of a body that arrives in pieces of some size. */
async function read(body: string | Buffer, pieceBytes = 65_536): Promise<string[]> {
  const bytes = Buffer.from(body);
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      yield Buffer.from(bytes.subarray(at, at + pieceBytes));
    }
  }
  const entries: Entry[] = [];
  for await (const group of readNdjson(pieces())) entries.push(...group);
  return entries.map((entry) =>
    'failure' in entry
      ? `${entry.line} ${entry.failure.message}`
      : `${entry.line} ${JSON.stringify(entry.value)}`,
  );
}

describe('readNdjson', () => {
  it('reads the same whatever the pieces', async () => {
    const body = '{"a":1}\r\n\n  \n{"я":"日😀"}\n["x"]\nbroken\n7';
    const expected = ['1 {"a":1}', '4 {"я":"日😀"}', '5 ["x"]', '6 the JSON is broken', '7 7'];
    for (let size = 1; size <= Buffer.byteLength(body); size += 1) {
      expect(await read(body, size)).to.deep.equal(expected);
    }
  });

  it('reads nothing from nothing', async () => {
    expect(await read('')).to.deep.equal([]);
    expect(await read('\n\n\r\n')).to.deep.equal([]);
  });

  it('passes over a byte order mark', async () => {
    expect(await read('\ufeff{"a":1}\n{"b":2}')).to.deep.equal(['1 {"a":1}', '2 {"b":2}']);
  });

  it('refuses only the lines that are not UTF-8', async () => {
    const body = Buffer.concat([
      Buffer.from('{"a":1}\n"'),
      Buffer.from([0xff]),
      Buffer.from('"\n2'),
    ]);
    for (const size of [1, 3, 100]) {
      expect(await read(body, size)).to.deep.equal([
        '1 {"a":1}',
        '2 the line is not valid UTF-8',
        '3 2',
      ]);
    }
  });

  it('takes a line of the limit, and refuses a longer one alone', async () => {
    const ofLength = (bytes: number) => `"${'x'.repeat(bytes - 2)}"`;
    const body = `1\n${ofLength(MAX_LINE_BYTES)}\n${ofLength(MAX_LINE_BYTES + 1)}\n${ofLength(99_999)}\n5`;
    for (const size of [1_000, 16_384, 65_536, 1_000_000]) {
      const entries = await read(body, size);
      expect(entries.map((entry) => entry.slice(0, 40))).to.deep.equal([
        '1 1',
        `2 "${'x'.repeat(37)}`,
        '3 a line must be at most 16384 bytes',
        '4 a line must be at most 16384 bytes',
        '5 5',
      ]);
    }
  });

  it('never joins the two ends of a line that is too long', async () => {
    const body = `{"segment":"a","user_id":"b","x":"${'y'.repeat(50_000)}"}\n`;
    expect(await read(body, 1_024)).to.deep.equal(['1 a line must be at most 16384 bytes']);
  });
});
