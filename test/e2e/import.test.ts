import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { isNear } from '../../scripts/import/verify.js';
import { utcDay } from '../../src/domain/utc-day.js';
import { countOf } from '../support/http.js';
import { startCommand } from '../support/process.js';
import { createRpcClient } from '../support/rpc.js';
import { makeSample } from '../support/sample.js';
import { startSecuredSystem } from '../support/secured.js';
import { type System, startSystem } from '../support/system.js';
import { sign } from '../support/tokens.js';

const ROWS = 40_000;
const FIELDS = ['--segment-field', 'vendor', '--user-field', 'reviewer', '--time-field', 'date'];

describe('npm run import', () => {
  let system: System;
  let directory: string;
  before(async () => {
    system = await startSystem();
    directory = mkdtempSync(join(tmpdir(), 'import-test-'));
  });
  after(async () => {
    await system.close();
    rmSync(directory, { recursive: true });
  });

  async function run(file: string, ...options: string[]) {
    const parameters = ['scripts/import/main.ts', file, '--url', system.urls.uss, ...options];
    const command = startCommand(['node', '--import', 'tsx', ...parameters], {});
    const { code } = await command.exited;
    return { code, output: command.output() };
  }

  function save(name: string, text: string): string {
    const file = join(directory, name);
    writeFileSync(file, name.endsWith('.gz') ? gzipSync(text) : text);
    return file;
  }

  it('counts a sample of 31 days right, over REST and gRPC', async () => {
    const now = Date.now();
    // Of another year, so that it has to be moved to count at all.
    const sample = makeSample(ROWS, Date.UTC(2006, 4, 31, 23, 51), 20_060_531);
    const csv = sample.map(({ vendor, reviewer, time }) => {
      const date = new Date(time).toISOString().slice(0, 16).replace('T', ' ');
      return `${reviewer},${vendor},5,${date}`;
    });
    const file = save('sample.csv.gz', `reviewer,vendor,rating,date\n${csv.join('\n')}\n`);
    const { code, output } = await run(file, ...FIELDS, '--shift-to-now', '--verify');
    expect(code, output).to.equal(0);

    const minute = 60_000;
    const moved = sample.map((row) => {
      const time = Math.floor(row.time / minute) * minute;
      return { ...row, time: time + now - Date.UTC(2006, 4, 31, 23, 51) };
    });
    const inWindow = moved.filter(({ time }) => utcDay(time) > utcDay(now) - 14);
    const [, accepted, rejected, old] =
      /40000 rows read in .*: (\d+) stored; (\d+) refused \(out of window: (\d+)\); 0 skipped/.exec(
        output,
      ) ?? [];
    // The import began a moment after `now`, which may have pushed rows over midnight.
    expect(Number(accepted)).to.be.closeTo(inWindow.length, 10);
    expect(Number(accepted) + Number(rejected)).to.equal(ROWS);
    expect(old).to.equal(rejected);

    const exact = new Map<string, Set<string>>();
    for (const { vendor, reviewer } of inWindow) {
      exact.set(vendor, (exact.get(vendor) ?? new Set()).add(reviewer));
    }
    expect(exact.size).to.be.greaterThan(150);
    const rpc = createRpcClient(system.grpc);
    for (const [vendor, users] of exact) {
      const rest = await countOf(system.urls.uss, vendor);
      expect(isNear(rest, users.size), `${vendor}: ${rest} for ${users.size}`).to.equal(true);
      expect((await rpc.call('Count', { segment: vendor })).user_count).to.equal(rest);
    }
    rpc.close();
    expect(output).to.match(/all within 4 standard errors or 3 users$/);
    for (const vendor of exact.keys()) expect(output).to.contain(`\n${vendor} `);
  });

  it('reads NDJSON, and writes no progress to what is no terminal', async () => {
    const rows = ['a', 'b', 'a'].map((user_id) => JSON.stringify({ segment: 'lines', user_id }));
    const { code, output } = await run(save('rows.ndjson', rows.join('\n')), '--verify');
    expect(code, output).to.equal(0);
    expect(output.split('\n')[0]).to.match(/^3 rows read in .*: 3 stored; 0 refused; 0 skipped$/);
    expect(await countOf(system.urls.es, 'lines')).to.equal(2);
  });

  for (const [days, code, said] of [
    ['1', 0, /\nwindow +1 +1 .*\n\n1 segments, all within/],
    ['4', 0, /\nwindow +30 +30 .*\n\n1 segments, all within/],
    ['14', 0, /\nwindow +90 +90 .*\n\n1 segments, all within/],
    ['15', 1, /answered 400 .*days must be .* from 1 to 14.*; --window-days is the window/],
  ] as const) {
    it(`compares the counts of --window-days ${days}`, async () => {
      const rows = Array.from({ length: 90 }, (_, user) => {
        const daysAgo = user === 0 ? 0 : user < 30 ? 3 : 12;
        const time = new Date(Date.now() - daysAgo * 86_400_000).toISOString();
        return `window,u${user},${time}`;
      });
      const file = save('window.csv', `segment,user_id,occurred_at\n${rows.join('\n')}\n`);
      const done = await run(file, '--verify', '--window-days', days);
      expect(done.output).to.match(said);
      expect(done.code).to.equal(code);
    });
  }

  it('tells from when times are moved, which one that is far ahead of the others decides', async () => {
    const file = save('ahead.csv', 'segment,user_id,at\na,1,2006-05-01\na,2,2099-01-01 10:00\n');
    const { output } = await run(file, '--shift-to-now', '--time-field', 'at');
    expect(output).to.match(
      /1 stored; 1 refused .*\n.*\n {2}times are moved: .* 2099-01-01T10:00:00.000Z, its newest, is now$/,
    );
  });

  for (const [url, reason] of [
    ['http://127.0.0.1:1', 'nothing answers at http://127.0.0.1:1; is npm start running?'],
    ['localhost:8282', '--url must be a URL such as http://127.0.0.1:8282'],
    ['http://localhost:8282/segments', '--url must be a URL such as http://127.0.0.1:8282'],
  ] as const) {
    it(`ends with one line at --url ${url}`, async () => {
      const file = save('url.csv', 'segment,user_id\na,b\n');
      const { code, output } = await run(file, '--url', url);
      expect(code).to.equal(1);
      expect(output).to.contain(`import: ${reason}`);
      expect(output.split('\n')).to.have.length(1);
    });
  }

  it('shows the key of a file to a service that asks for one', async () => {
    const secured = await startSecuredSystem();
    const both = await sign(secured.signingKey);
    const file = save('few.csv', 'segment,user_id\na,u1\na,u2\n');
    const refused = await run(file, '--url', secured.urls.uss);
    expect(refused.code).to.equal(1);
    expect(refused.output).to.match(
      /^2 rows read in .*: 0 stored; .* 2 not known to be stored\nimport: \S+ answered 401 .*a credential is missing/,
    );
    const token = ['--token-file', save('token', `${both}\n`)];
    const done = await run(file, '--url', secured.urls.uss, '--verify', ...token);
    expect(done.code, done.output).to.equal(0);
    expect(done.output).to.contain('2 stored');
    await secured.close();
  });
});
