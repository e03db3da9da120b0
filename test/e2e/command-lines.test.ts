import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { startCommand } from '../support/process.js';

/** Clears the screen, changes the title, turns the order of writing. */
const HOSTILE = '\u001b[2J\u001b]0;x\u0007\u009b31m\u202eend';

async function run(script: string, ...parameters: string[]) {
  const command = startCommand(['node', '--import', 'tsx', script, ...parameters], {});
  const { code } = await command.exited;
  return { code, output: command.output() };
}

describe('Command lines', () => {
  let directory: string;
  let service: Server;
  let base: string;
  let answer: { status: number; body: string };
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'command-lines-'));
    service = createServer((request, response) => {
      const isProbe = request.url === '/healthz';
      request.resume().once('end', () => {
        response.writeHead(isProbe ? 200 : answer.status).end(isProbe ? '' : answer.body);
      });
    });
    await once(service.listen(0, '127.0.0.1'), 'listening');
    base = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
  });
  after(async () => {
    service.close();
    service.closeAllConnections();
    rmSync(directory, { recursive: true });
  });

  function save(name: string, text: string): string {
    const file = join(directory, name);
    writeFileSync(file, text);
    return file;
  }

  for (const [script, parameters, remedy] of [
    [
      'scripts/dead-letters/main.ts',
      ['list', '--url', 'amqp://me:secret@localhost'],
      'ES_RABBITMQ_URL',
    ],
    [
      'scripts/dead-letters/main.ts',
      ['retry', '--url', 'amqps://:secret@[::1]/a'],
      'ES_RABBITMQ_URL',
    ],
    ['scripts/import/main.ts', ['a.csv', '--url', 'http://me:secret@localhost:1'], '--token-file'],
    ['scripts/import/main.ts', ['a.csv', '--url', 'https://secret@localhost/'], '--token-file'],
  ] as const) {
    it(`take no password: ${script} ${parameters.join(' ')}`, async () => {
      const { code, output } = await run(script, ...parameters);
      expect(code).to.equal(1);
      expect(output).to.match(/^[a-z-]+: --url may have no password/);
      expect(output).to.contain(remedy).and.not.to.contain('secret');
      expect(output.split('\n')).to.have.length(1);
    });
  }

  const rows = `${JSON.stringify({ segment: 's', user_id: 'u' })}\n`;
  const refused = JSON.stringify({
    accepted: 1,
    rejected: 1,
    errors: [{ line: 1, detail: HOSTILE }],
  });
  for (const [what, text, options, status, body] of [
    ['a refusal of a row', rows, [], 202, refused],
    ['a refusal of all', rows, [], 400, HOSTILE],
    ['a field', `segment,user_id,${HOSTILE}\n1,2,3\n`, ['--user-field', 'user'], 202, ''],
    ['a time', `segment,user_id,time\n1,2,${HOSTILE}\n`, ['--time-field', 'time'], 202, ''],
  ] as const) {
    it(`print nothing of ${what} that a terminal obeys`, async () => {
      answer = { status, body };
      const file = save(text.startsWith('{') ? 'rows.ndjson' : 'rows.csv', text);
      const { output } = await run('scripts/import/main.ts', file, '--url', base, ...options);
      expect(output).to.contain('\\u{1b}[2J\\u{1b}]0;x\\u{7}\\u{9b}31m\\u{202e}end');
      expect(output).not.to.match(/[^\P{C}\n]/u);
    });
  }

  it('print nothing of a name that a terminal obeys', async () => {
    answer = {
      status: 200,
      body: JSON.stringify({ accepted: 1, rejected: 0, errors: [], user_count: 1 }),
    };
    const file = save('names.ndjson', JSON.stringify({ segment: 'a\u202eb', user_id: 'u' }));
    const { output } = await run('scripts/import/main.ts', file, '--url', base, '--verify');
    expect(output).to.contain('\na\\u{202e}b');
    expect(output).not.to.match(/[^\P{C}\n]/u);
  });
});
