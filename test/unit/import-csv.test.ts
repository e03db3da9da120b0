import { expect } from 'chai';
import fc from 'fast-check';
import { type CsvRecord, readCsv } from '../../scripts/import/csv.js';
import { MAX_LENGTH } from '../../scripts/import/lines.js';
import { inPieces } from '../support/pieces.js';

/** All that is passed on, and why no more is. */
async function readAll(chunks: AsyncIterable<Buffer>) {
  const records: CsvRecord[] = [];
  try {
    for await (const some of readCsv(chunks)) records.push(...some);
  } catch (error) {
    return { records, error: (error as Error).message };
  }
  return { records };
}

async function read(text: string | Buffer, pieceBytes = 65_536): Promise<CsvRecord[]> {
  const { records, error } = await readAll(inPieces(text, pieceBytes));
  expect(error).to.equal(undefined);
  return records;
}

/** A field, and whether it is written in quotes though it need not be. */
const field = fc.record({
  value: fc.string({
    unit: fc.constantFrom('a', ',', '"', '\n', '\r', '\r\n', ' ', 'é', '日', '😀', '\ufffd'),
  }),
  isQuoted: fc.boolean(),
});

function write({ value, isQuoted }: { value: string; isQuoted: boolean }): string {
  return isQuoted || /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

const linesOf = (text: string) => text.split('\n').length;

describe('The CSV of the importer', () => {
  it('is what was written, at the lines where it stands, whatever the pieces', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(field, { minLength: 1, maxLength: 4 }), { minLength: 1 }),
        fc.constantFrom('\n', '\r\n'),
        fc.integer({ min: 1, max: 9 }),
        async (rows, end, size) => {
          const texts = rows.map((row) => row.map(write).join(','));
          let line = 1;
          const expected = rows.map((row, index) => {
            const record = { line, fields: row.map(({ value }) => value) };
            line += linesOf(texts[index] as string);
            return record;
          });
          expect(await read(texts.join(end) + end, size)).to.deep.equal(expected);
        },
      ),
    );
  });

  const SOUND = ['a,b', '"a\nb",c', '"a\r\nb",', '"5"" disc",a', '""""', 'a\rb,c'];
  const FLAWED = [
    'a"b,c',
    'a""',
    ' "a"',
    '"a"b',
    '"a" ,b',
    '"a""b"c,d',
    '"a\n"b,c',
    '\xff,b',
    '"\n\xff",b',
    'a"\xff',
  ];

  it('passes on each record with a flaw, and all others as they are', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...SOUND, ...FLAWED), { minLength: 1 }),
        fc.constantFrom('\n', '\r\n'),
        fc.integer({ min: 1, max: 9 }),
        async (rows, end, size) => {
          const records = await read(Buffer.from(rows.join(end) + end, 'latin1'), size);
          let line = 1;
          for (const [index, row] of rows.entries()) {
            const record = records[index];
            expect(record?.line, row).to.equal(line);
            expect(record?.fields !== undefined, row).to.equal(SOUND.includes(row));
            line += linesOf(row);
            const upTo = linesOf(row) > 1 ? `up to line ${line - 1}: ` : '';
            if (record?.flaw !== undefined) expect(record.flaw.startsWith(upTo)).to.equal(true);
          }
          expect(records).to.have.length(rows.length);
        },
      ),
    );
  });

  for (const [text, flaw] of [
    ['a"b,c', 'a quote stands in a field without quotes around it'],
    ['a,"b"" "', undefined],
    ['"a"b', 'something follows a closing quote'],
    ['a"b,"c"d', 'a quote stands in a field without quotes around it'],
    ['"a\nb" ,c', 'up to line 2: something follows a closing quote'],
  ] as const) {
    it(`tells the flaw of ${JSON.stringify(text)}`, async () => {
      for (const end of ['', '\n', '\r\n']) {
        const [record, ...others] = await read(text + end);
        expect(record?.flaw).to.equal(flaw);
        expect(record?.isCut).to.equal(end === '' ? true : undefined);
        expect(others).to.deep.equal([]);
      }
    });
  }

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
    ['behind records of several lines', '"a\r\nb"\r\n"c\nd"\r\n"e\r\n', 5],
    ['for long', `a\nb\n"${'c,d\n'.repeat(MAX_LENGTH / 2)}`, 3],
  ] as const) {
    it(`ends at a quote that is not closed ${what}, with all before it`, async () => {
      for (const size of [Math.ceil(text.length / 50), text.length]) {
        const { records, error } = await readAll(inPieces(text, size));
        expect(error).to.match(new RegExp(`^line ${first}: a quote .* is not closed`));
        const lines = records.reduce((sum, { fields }) => sum + linesOf(String(fields)), 0);
        expect(lines).to.equal(first - 1);
      }
    });
  }

  it('passes on what it read before the file breaks', async () => {
    async function* breaking() {
      yield Buffer.from(`${'a,b\n'.repeat(100)}c,`);
      throw new Error('broken');
    }
    const { records, error } = await readAll(breaking());
    expect(records).to.have.length(100);
    expect(error).to.equal('broken');
  });

  for (const start of ['"', '']) {
    it(`reads no more than 16 MiB of a field that begins with ${start || 'no quote'}`, async () => {
      let taken = 0;
      async function* long() {
        yield Buffer.from(`a\nb\n${start}`);
        for (; taken < 64; taken += 1) yield Buffer.alloc(MAX_LENGTH, start === '' ? 'c' : 'c\n');
      }
      const { records, error } = await readAll(long());
      expect(records).to.have.length(2);
      expect(error).to.match(/^line 3: longer than 16777216 bytes; a quote .* may not be closed/);
      expect(taken).to.equal(16);
    });
  }

  for (const [what, text, flaw] of [
    ['a line', 'b'.repeat(3 * MAX_LENGTH), ''],
    ['a quoted record', `"${'b,"",'.repeat(MAX_LENGTH / 2)}"`, ''],
    ['one of several lines', `"${'b\n'.repeat(MAX_LENGTH)}"`, `up to line ${MAX_LENGTH + 2}: `],
  ] as const) {
    it(`passes on ${what} that is too long as a flaw`, async () => {
      for (const size of [1_000, MAX_LENGTH, 10 * MAX_LENGTH]) {
        const records = await read(`a\n${text}\nc\n`, size);
        expect(records.map(({ fields }) => fields)).to.deep.equal([['a'], undefined, ['c']]);
        expect(records[1]?.flaw).to.equal(`${flaw}longer than ${MAX_LENGTH} bytes`);
      }
    });
  }
});
