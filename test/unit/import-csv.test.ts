import { expect } from 'chai';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { type CsvRecord, readCsv } from '../../scripts/import/csv.js';
import { MAX_LENGTH } from '../../scripts/import/lines.js';
import { inPieces } from '../support/pieces.js';

async function read(text: string | Buffer, pieceBytes = 65_536): Promise<CsvRecord[]> {
  const records: CsvRecord[] = [];
  for await (const some of readCsv(inPieces(text, pieceBytes))) records.push(...some);
  return records;
}

/** A field as somebody may write it. */
const field = fc
  .record({
    text: fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', ' ', 'é', '日', '😀') }),
    isQuoted: fc.boolean(),
  })
  .map(({ text, isQuoted }) =>
    isQuoted || /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text,
  );

describe('The CSV of the importer', () => {
  it('is what another reader makes of it, whatever the pieces', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(field, { minLength: 1, maxLength: 4 }), { minLength: 1 }),
        fc.constantFrom('\n', '\r\n'),
        fc.integer({ min: 1, max: 9 }),
        async (rows, end, size) => {
          const text = rows.map((row) => row.join(',')).join(end) + end;
          const expected = parse(text, { relax_column_count: true, record_delimiter: end });
          const records = await read(text, size);
          expect(records.map(({ fields }) => fields)).to.deep.equal(expected);
        },
      ),
    );
  });

  it('passes on each record with a flaw, and all others as they are', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('a,b', '"a\nb",c', 'a"b,c', '"a"b', '\xff,b', '"\n\xff",b')),
        fc.integer({ min: 1, max: 9 }),
        async (rows, size) => {
          const records = await read(Buffer.from(`${rows.join('\n')}\n`, 'latin1'), size);
          if (rows.length === 0) return;
          expect(records.map(({ fields }) => fields !== undefined)).to.deep.equal(
            rows.map((row) => row === 'a,b' || row === '"a\nb",c'),
          );
          let line = 1;
          for (const [index, row] of rows.entries()) {
            expect(records[index]?.line).to.equal(line);
            line += row.split('\n').length;
          }
        },
      ),
    );
  });

  it('shows no character in place of bytes that are none, wherever pieces end', async () => {
    const text = Buffer.concat([
      Buffer.from('日,é\n'),
      Buffer.from([0xe6, 0x97, 0x0a]),
      Buffer.from('é,日\n'),
    ]);
    for (let size = 1; size <= text.length; size += 1) {
      const records = await read(text, size);
      expect(records.map(({ fields }) => fields)).to.deep.equal([
        ['日', 'é'],
        undefined,
        ['é', '日'],
      ]);
      expect(records[1]?.flaw).to.match(/^not valid UTF-8/);
    }
  });

  for (const [what, text, first] of [
    ['to the end', 'a,b\n"c,d\n'.padEnd(1_000, 'e,f\n'), 2],
    ['at the end', 'a,b\nc,"', 2],
    ['behind a doubled one', '"a""\n', 1],
    ['for long', `a\nb\n"${'c,d\n'.repeat(MAX_LENGTH / 2)}`, 3],
  ] as const) {
    it(`ends at a quote that is not closed ${what}`, async () => {
      const error = await read(text).catch((reason) => reason);
      expect(error.message).to.match(new RegExp(`^line ${first}: a quote .* is not closed`));
    });
  }

  it('passes on a line that is too long as a flaw', async () => {
    for (const size of [1_000, MAX_LENGTH, 10 * MAX_LENGTH]) {
      const records = await read(`a\n${'b'.repeat(3 * MAX_LENGTH)}\nc\n`, size);
      expect(records.map(({ fields }) => fields)).to.deep.equal([['a'], undefined, ['c']]);
      expect(records[1]?.flaw).to.equal(`longer than ${MAX_LENGTH} bytes`);
    }
  });
});
