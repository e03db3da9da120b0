import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { createImporter, type Importer, line } from '../support/importer.js';
import { type System, startSystem } from '../support/system.js';

const HEADER = 'segment,user_id\n';
/** All that could be stored of the files. */
const SEGMENTS = ['a', 'b', 'c', 'x', '5', 'café', 'cafè', 'caf\ufffd', 'ÿ', '\ufffd'];
const latin1 = (text: string) => Buffer.from(text, 'latin1');

describe('npm run import, of files that are not as they should be', () => {
  let system: System;
  let importer: Importer;
  before(async () => {
    system = await startSystem();
    importer = createImporter();
  });
  after(async () => {
    await system.close();
    importer.remove();
  });

  const rows = (count: number) => Array.from({ length: count }, (_, row) => `a,u${row}\n`).join('');
  const zipped = gzipSync(`${HEADER}${rows(50_000)}`);
  const broken = Buffer.from(zipped);
  broken[broken.length - 8] = (broken[broken.length - 8] as number) ^ 1;

  // What is stored, skipped or refused, and said; the status is that of what is said.
  for (const [name, content, stored, said, status, options] of [
    [
      'blank.csv',
      `${HEADER}a,u\n\nb,u\n  \n\r\n`,
      'ab',
      /2 stored; .*0 skipped; blank lines: 3$/,
      0,
    ],
    ['blank.ndjson', `\n${line('a')}\n  \n${line('b')}`, 'ab', /2 stored; .*; blank lines: 3$/, 0],
    ['short.csv', `${HEADER}a,u\nb\nc,u\n`, 'ac', /line 3: fields: 1, in the header: 2/, 2],
    ['long.csv', `${HEADER}a,u\n\nb,u,,\nc,u\n`, 'ac', /line 4: fields: 4, in the header: 2/, 2],
    [
      'values.ndjson',
      `${line('a')}null\n[]\n5\n"s"\n${line('b')}`,
      'ab',
      /4 skipped\n {2}line 2: it is no JSON object/,
      2,
    ],
    [
      'broken.ndjson',
      `${line('a')}{"segment":\n${line('b')}{"segm`,
      'ab',
      /2 skipped\n {2}line 2: the JSON is broken.*\n {2}line 4:/,
      2,
    ],
    [
      'names.ndjson',
      [line('a'), line(''), line(5), line('x', null), line('b\n'), line('b')].join(''),
      'ab',
      /line 2: segment must not be empty\n {2}line 3: segment must be a string.*\n {2}line 4: user_id must be a string/,
      2,
    ],
    ['absent.ndjson', `{"user_id":"u"}\n${line('a')}`, 'a', /line 1: segment is missing/, 2],
    [
      'inside.csv',
      `${HEADER}a,u\nb"x,u\nc,u\n`,
      'ac',
      /line 3: a quote stands in a field without quotes/,
      2,
    ],
    [
      'behind.csv',
      `${HEADER}a,u\n"b\nb,u\nb"x,u\nc,u\n`,
      'ac',
      /line 3: up to line 5: something follows a closing quote/,
      2,
    ],
    [
      'open.csv',
      `${HEADER}a,u\n"b,u\nc,u\n`,
      'a',
      /^1 rows .*1 stored.*\nimport: \S+open.csv: line 3: a quote that is opened there is not closed/,
      1,
    ],
    [
      'cut.csv',
      `${HEADER}a,u\nb,u1`,
      'ab',
      /2 stored.*\n {2}line 3 has no line feed at its end; if the file was cut short/,
      0,
    ],
    [
      'latin.csv',
      latin1(`${HEADER}a,u\ncaf\xe9,u\ncaf\xe8,u\nb,u\n`),
      'ab',
      /2 skipped\n {2}line 3: not valid UTF-8;.*iconv.*\n {2}line 4: not/,
      2,
    ],
    ['latin-user.csv', latin1(`${HEADER}a,caf\xe9\nb,u\n`), 'b', /line 2: not valid UTF-8/, 2],
    [
      'latin.ndjson',
      latin1(line('a') + line('caf\xe9') + line('caf\xe8')),
      'a',
      /2 skipped\n {2}line 2: not valid UTF-8/,
      2,
    ],
    [
      'latin.csv.gz',
      gzipSync(latin1(`${HEADER}a,u\n\n\xff,u\nb,u\n`)),
      'ab',
      /1 skipped; blank lines: 1\n {2}line 4: not valid UTF-8/,
      2,
    ],
    ['bom.csv', `\ufeff"segment",user_id\r\na,u\r\n"b","u"\n`, 'ab', /2 stored.*0 skipped$/, 0],
    ['bom.ndjson', `\ufeff${line('a')}`, 'a', /1 stored.*0 skipped$/, 0],
    ['other-columns.csv', 'note,segment,user_id,note\n,a,u,\n', 'a', /1 stored.*0 skipped$/, 0],
    [
      'half.csv.gz',
      zipped.subarray(0, zipped.length / 2),
      'a',
      /^\d{5} rows read .*: \d{5} stored; 0 refused; 0 skipped\nimport: \S+half.csv.gz: its gzip is cut short$/,
      1,
    ],
    [
      'checksum.csv.gz',
      broken,
      'a',
      /^\d{5} rows read .*: \d{5} stored.*\nimport: \S+: its gzip is broken \(incorrect data check\), so that rows before that may be wrong as well$/,
      1,
    ],
    [
      'half-shifted.csv.gz',
      zipped.subarray(0, zipped.length / 2),
      '',
      /^import: --shift-to-now needs --time-field$/,
      1,
      ['--shift-to-now'],
    ],
  ] as [string, string | Uint8Array, string, RegExp, number, string[]?][]) {
    it(`stores what it can of ${name}, and says what not`, async () => {
      const done = await importer.importFile(system, SEGMENTS, name, content, options);
      expect(done.output).to.match(said);
      expect(done.stored.join('')).to.equal(stored);
      expect(done.code, done.output).to.equal(status);
    });
  }
});
