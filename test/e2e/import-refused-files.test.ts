import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { createImporter, type Importer } from '../support/importer.js';

const HEADER = 'segment,user_id\n';
const latin1 = (text: string) => Buffer.from(text, 'latin1');
const ROW = '{"segment":"a","user_id":"u"}\n';

describe('npm run import, of files that cannot be imported', () => {
  let importer: Importer;
  before(() => {
    importer = createImporter();
  });
  after(() => importer.remove());

  for (const [name, content, said, options] of [
    [
      'no-field.csv',
      'x,user_id\n1,2\n',
      /has no field segment; it has x, user_id; --segment-field names another/,
    ],
    [
      'mistyped.csv',
      'section,user_id\na,u\n',
      /has no field secton; it has section, user_id; is section meant \(--segment-field\)\?/,
      ['--segment-field', 'secton'],
    ],
    [
      'swapped.ndjson',
      '{"segment":"a","vistior":"u"}\n',
      /no field visitor; it has segment, vistior; is vistior meant \(--user-field\)\?/,
      ['--user-field', 'visitor'],
    ],
    [
      'case.csv',
      'Segment,user_id\na,u\n',
      /has no field segment; it has Segment, user_id; is Segment meant \(--segment-field\)\?/,
    ],
    [
      'joined.csv',
      'segment,userId\na,u\n',
      /has no field user_id; it has segment, userId; is userId meant \(--user-field\)\?/,
    ],
    [
      'short.csv',
      'a,,u\na,b,u\n',
      /has no field t; it has a, , u; --time-field names another/,
      ['--segment-field', 'a', '--user-field', 'u', '--time-field', 't'],
    ],
    ['inherited.ndjson', ROW, /has no field constructor;/, ['--user-field', 'constructor']],
    [
      'twice.csv',
      'segment,user_id,segment\na,u,b\n',
      /has 2 columns segment; give them different names/,
    ],
    [
      'semicolons.csv',
      'segment;user_id\na;u\n',
      /has ";" between its fields; save it with commas$/,
    ],
    ['tabs.tsv', 'segment\tuser_id\na\tu\n', /has tabs between its fields; save it with commas$/],
    ['sep.csv', '\ufeffsep=;\r\nsegment;user_id\r\na;u\r\n', /has ";" between its fields;/],
    ['bars.csv', '"segment|user_id"\na|u\n', /has "\|" between its fields;/],
    ['array.json', `[${ROW.trim()},${ROW.trim()}]`, /: it is not one JSON object a line; jq /],
    ['array-open.json', `\ufeff[\n${ROW.trim()}\n]\n`, /: it is not one JSON object a line; jq /],
    ['pretty.json', '{\n "segment": "a"\n}\n', /: it is not one JSON object a line; jq /],
    ...[
      ['date', '2006-05-01 00:07'],
      ['seenAt', '1795800000'],
      ['last_day', 'Mon'],
      ['Datum', '27.11.2026'],
      ['vu le', '27/11/2026 10:00'],
      ['Zeit', '2026/11/27'],
      ['moment', '2026-11-27T10:00:00Z'],
    ].map(([column, value]) => [
      `times-${column}.csv`,
      `segment,user_id,${column}\na,u,\na,v,${value}\n`,
      new RegExp(
        `no field occurred_at, but ${column} seems .*--time-field "${column}" .*--seen-now`,
      ),
    ]),
    [
      'times.ndjson',
      `${ROW}{"segment":"a","user_id":"u","ts":1795800000}\n`,
      /no field occurred_at, but ts seems to be one of times;/,
    ],
    [
      'both.csv',
      `${HEADER}a,u\n`,
      /--seen-now reads no times, so that it goes without --time-field/,
      ['--seen-now', '--time-field', 'x'],
    ],
    ['empty.csv', '', /has no rows$/],
    ['empty.ndjson', '', /has no rows$/],
    ['empty.csv.gz', gzipSync(''), /has no rows$/],
    ['nothing.csv.gz', '', /it is not gzip, whatever its name$/],
    ['header.csv', HEADER, /has no rows$/],
    ['blank-only.csv', '\n\n\n', /has no rows$/],
    [
      'all-bad.ndjson',
      '\nnull\n5\n',
      /has no rows that can be read; line 2: it is no JSON object$/,
    ],
    ['header-latin.csv', latin1('segment,user_id,na\xefve\na,u,x\n'), /: line 1: not valid UTF-8;/],
    [
      'utf-16.csv',
      Buffer.from(`\ufeff${HEADER}a,u\n`, 'utf16le'),
      /: it is UTF-16; have it in UTF-8/,
    ],
    [
      'utf-16.ndjson',
      Buffer.from(`\ufeff${ROW}`, 'utf16le').swap16(),
      /: it is UTF-16; have it in UTF-8/,
    ],
    ['returns.csv', 'segment,user_id\ra,u\rb,u\r', /: its lines end in a carriage return alone;/],
    ['json.csv', ROW, /: line 1 is no header of a CSV file;.*\.ndjson/],
    [
      'header-open.csv',
      `"segment,user_id\na,u\n`,
      /: line 1: a quote that is opened there is not closed/,
    ],
    [
      'shift.csv',
      `${HEADER.trim()},occurred_at\na,u,soon\n`,
      /no row of \S+ has a time in occurred_at$/,
      ['--shift-to-now'],
    ],
    ['option.csv', HEADER, /there is no option "--shift"; .*--help lists them/, ['--shift']],
  ] as [string, string | Uint8Array, RegExp, string[]?][]) {
    it(`says in one line what is wrong with ${name}`, async () => {
      // It is looked at before the service is.
      const file = importer.save(name, content);
      const { code, output } = await importer.run(
        file,
        '--url',
        'http://127.0.0.1:1',
        ...(options ?? []),
      );
      expect(output)
        .to.match(said)
        .and.match(/^import: [^\n]*$/);
      expect(code).to.equal(1);
    });
  }

  it('names a file that is none, or not there', async () => {
    const missing = await importer.run(join(importer.directory, 'none.csv'));
    expect(missing.output).to.match(/^import: \S+none.csv: there is no such file$/);
    mkdirSync(join(importer.directory, 'rows.csv'));
    const directory = await importer.run(join(importer.directory, 'rows.csv'));
    expect(directory.output).to.match(
      /^import: \S+rows.csv: it is a directory; name a file in it$/,
    );
    expect([missing.code, directory.code]).to.deep.equal([1, 1]);
  });
});
