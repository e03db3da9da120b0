import { expect } from 'chai';
import { createImporter, type Importer, line } from '../support/importer.js';
import { type System, startSystem } from '../support/system.js';

const HEADER = 'segment,user_id\n';
const FUTURE = new Date(Date.now() + 3_600_000).toISOString();

describe('npm run import, of values that are not as they should be', () => {
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

  // What is stored, and said; the status is that of what is said.
  for (const [name, content, stored, said, status, options] of [
    [
      'time.csv',
      `${HEADER.trim()},occurred_at\na,u,soon\nb,u,\nc,u,${new Date().toISOString()}\n`,
      'c',
      /line 2: occurred_at is no time: "soon"; --help .*\n {2}line 3: occurred_at is no time: ""/,
      2,
    ],
    [
      'time.ndjson',
      line('a', 'u', { t: Date.now() }) + line('b', 'u', { t: null }) + line('c'),
      'a',
      /line 2: t is no time: null; --help .*\n {2}line 3: t is missing/,
      2,
      ['--time-field', 't'],
    ],
    [
      'future.csv',
      `${HEADER.trim()},occurred_at\na,u,${FUTURE}\nb,u,${new Date().toISOString()}\n${`a,u,${FUTURE}\n`.repeat(2_500)}`,
      'b',
      /1 stored; 0 refused; 2501 skipped\n {2}line 2: occurred_at must be at most 5 minutes ahead/,
      2,
    ],
    [
      'late-time.ndjson',
      line('a').repeat(100) + line('b', 'u', { occurred_at: FUTURE }),
      'a',
      /line 101: it has occurred_at, which the first rows have not/,
      2,
    ],
    [
      'seen-now.ndjson',
      line('a', 'u', { date: '2006-05-01' }).repeat(100) + line('b', 'u', { occurred_at: FUTURE }),
      'ab',
      /101 stored; 0 refused; 0 skipped$/,
      0,
      ['--seen-now'],
    ],
    [
      'no-times.csv',
      'segment,user_id,order,lifetime,state,version\na,u,1795800000,9,at,1.2.3\n',
      'a',
      /1 stored; 0 refused; 0 skipped$/,
      0,
    ],
    [
      'blanks.csv',
      `${HEADER} a,u\na,"u "\na, v\nb,u v\n`,
      'ab',
      /4 stored; .*\n {2}line 2: segment " a" has blanks around it.*\n {2}line 3: user_id "u " has blanks .* \(2 rows\)$/,
      0,
    ],
    [
      'rounded.csv',
      `${HEADER}a,1.23457E+17\na,9E+15\nb,5E+11\nb,3e41\nb,12E\nb,1.5\n`,
      'ab',
      /6 stored; .*\n {2}line 2: user_id "1.23457E\+17" is a rounded number.* \(3 rows\)$/,
      0,
    ],
    [
      'none.ndjson',
      ['NULL', '\\N', 'n/a', '#N/A', 'NaN', 'Nina', 'nullify']
        .map((user) => line('a', user))
        .join(''),
      'a',
      /7 stored; .*\n {2}line 1: user_id "NULL" is a word for no value.* \(5 rows\)$/,
      0,
    ],
    [
      'all-odd.csv',
      `${HEADER.trim()},occurred_at\na,u,soon\n`,
      '',
      /0 stored; .*\n {2}line 2: occurred_at is no time: "soon"; --help .*\n\nNothing was stored\.$/,
      1,
    ],
    [
      'all-old.csv',
      `${HEADER.trim()},occurred_at\na,u,2006-05-01\n`,
      '',
      /0 stored; 1 refused .*\n {2}line 2: .*\n\nNothing was stored\. --shift-to-now moves times/,
      1,
    ],
  ] as [string, string, string, RegExp, number, string[]?][]) {
    it(`stores what it can of ${name}, and says what not`, async () => {
      const done = await importer.importFile(system, ['a', 'b', 'c'], name, content, options);
      expect(done.output).to.match(said);
      expect(done.stored.join('')).to.equal(stored);
      expect(done.code, done.output).to.equal(status);
    });
  }
});
