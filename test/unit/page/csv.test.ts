import { expect } from 'chai';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { formatCsv } from '../../../src/page/parts/csv.js';

describe('CSV of the page', () => {
  it('is read back as it was, but for formulas', () => {
    const field = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('a,b', '"', 'a\r\nb', ' '),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(field, fc.nat()), { minLength: 1 }), (rows) => {
        const read = parse(formatCsv(rows), { bom: true, relax_column_count: true });
        const plain = read.map(([text, count]: string[]) => [text?.replace(/^'/, ''), count]);
        const expected = rows.map(([text, count]) => [text.replace(/^'/, ''), String(count)]);
        expect(plain).to.deep.equal(expected);
      }),
    );
  });

  for (const text of ['=1+1', '+1', '-1', '@SUM(A1)', ' =1', '＝1', '\u00a0=1']) {
    it(`makes text of ${JSON.stringify(text)}`, () => {
      const [[read]] = parse(formatCsv([[text]]), { bom: true }) as [[string]];
      expect(read).to.equal(`'${text}`);
    });
  }

  it('leaves other names as they are', () => {
    expect(formatCsv([['sport', 3]])).to.equal('\ufeffsport,3\r\n');
  });
});
