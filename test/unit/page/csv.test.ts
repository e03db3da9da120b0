import { expect } from 'chai';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { formatCsv } from '../../../src/page/parts/csv.js';

/** Every character that is, or is a form of, a sign that formulas begin with; by Unicode, and the minus of mathematics. */
const SIGNS = Array.from({ length: 0x3_0000 }, (_, code) => code)
  .filter((code) => code < 0xd800 || code > 0xdfff)
  .map((code) => String.fromCodePoint(code))
  .filter((sign) => /^[=+\-@\u2212]/.test(sign.normalize('NFKC')));

const FORMULA = String.raw`(?:["']|[^\p{L}\p{M}\p{N}\p{P}\p{S}\t\r\n])*[\-${SIGNS.filter((sign) => sign !== '-').join('')}]`;

/** Takes away what was put in front of formulas, as docs/page.md says. */
const asItWas = (text: string) =>
  text.replace(new RegExp(`(?<=^|[,;\\t\\r\\n])'(?=${FORMULA})`, 'gu'), '');

/** Whether a cell is a formula, whatever a spreadsheet passes over before it; an apostrophe it shows, or obeys. */
const isFormula = (cell: string) => new RegExp(`^${FORMULA.replace("'", '')}`, 'u').test(cell);

/** The cells of a reader that knows every separator and no quotes: no other finds a cell that begins elsewhere. */
const cellsOf = (csv: string): string[] =>
  parse(csv, {
    bom: true,
    quote: null,
    relax_column_count: true,
    delimiter: [',', ';', '\t'],
    record_delimiter: ['\r\n', '\r', '\n'],
  }).flat();

describe('CSV of the page', () => {
  const piece = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 4 }),
    fc.constantFrom(',', ';', '\t', '\r', '\n', '"', "'", ' ', '\u00a0', '\u200b', '|'),
    fc.constantFrom('=', '+', '-', '@', '＝', 'a', 'cmd|'),
  );
  const text = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));
  const rows = fc.array(fc.tuple(text, fc.nat(), text), { minLength: 1 });

  it('is read back as it was', () => {
    fc.assert(
      fc.property(rows, (written) => {
        const read: string[][] = parse(formatCsv(written), { bom: true });
        const back = read.map(([one = '', count, other = '']) => [
          asItWas(one),
          Number(count),
          asItWas(other),
        ]);
        expect(back).to.deep.equal(written);
      }),
    );
  });

  it('has no formula, whatever separates cells where it is read', () => {
    fc.assert(
      fc.property(rows, (written) => {
        expect(cellsOf(formatCsv(written)).filter(isFormula)).to.deep.equal([]);
      }),
      { numRuns: 500 },
    );
  });

  it('knows every form of the signs of formulas', () => {
    expect(SIGNS).to.include.members(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    for (const sign of SIGNS) {
      expect(formatCsv([[`${sign}1`]])).to.equal(`\ufeff"'${sign}1"\r\n`);
    }
  });

  for (const [name, field] of [
    ['sport', '"sport"'],
    ['a, b; c - d', '"a, b; c - d"'],
    ['the "news"', '"the ""news"""'],
    ['=1+1', '"\'=1+1"'],
    ["'=1", '"\'\'=1"'],
    ["a;=cmd|' /C calc'!A0", "\"a;'=cmd|' /C calc'!A0\""],
    ['a,\u00a0@SUM(A1)', '"a,\'\u00a0@SUM(A1)"'],
    ['a;"=1"', '"a;\'""=1"""'],
    ['\t=1', '"\t\'=1"'],
    ['a\r-1', '"a\r\'-1"'],
    ['', '""'],
  ] as const) {
    it(`writes ${JSON.stringify(name)} as ${JSON.stringify(field)}, and a number as it is`, () => {
      expect(formatCsv([[name, 3]])).to.equal(`\ufeff${field},3\r\n`);
    });
  }
});
