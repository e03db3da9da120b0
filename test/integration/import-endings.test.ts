import { EventEmitter, once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { createImporter, type Importer } from '../support/importer.js';

const ROWS = 50_000;

/** Answers a request of so many rows, or does not. Two are under way, so the third is sent once one is answered. */
type Answer = (response: ServerResponse, rows: number) => unknown;

const stores: Answer = (response, rows) =>
  response.end(JSON.stringify({ accepted: rows, rejected: 0, errors: [] }));
const problem =
  (status: number, accepted: number, more = {}, headers = {}): Answer =>
  (response) =>
    response
      .writeHead(status, headers)
      .end(JSON.stringify({ accepted, rejected: 0, errors: [], line: accepted + 1, ...more }));
const silent: Answer = () => {};

describe('An import that ends before it is through', () => {
  let importer: Importer;
  let file: string;
  before(() => {
    importer = createImporter();
    const rows = Array.from({ length: ROWS }, (_, row) => `s,u${row}\n`);
    rows[1] = 's\n';
    file = importer.save('rows.csv', `segment,user_id\n${rows.join('')}`);
  });
  after(() => importer.remove());

  /** A service that gives its answers one after the other, the last again and again; `asked` is at the request of that number. */
  async function startService(answers: Answer[]) {
    const arrivals = new EventEmitter();
    const lastAsked = once(arrivals, String(answers.length - 1));
    let number = 0;
    const server = createServer(async (request, response) => {
      const body = await text(request);
      if (request.url === '/healthz') {
        response.end();
        return;
      }
      const index = Math.min(number, answers.length - 1);
      number += 1;
      arrivals.emit(String(index));
      (answers[index] as Answer)(response, body.split('\n').length);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      lastAsked,
      close() {
        server.close();
        server.closeAllConnections();
      },
    };
  }

  const tally = (stored: number) =>
    String.raw`^(import: \S+ takes no more now \(\d+\); going on in \d+ s\n)*\d+ rows read in \S+ s: ${stored} stored; 0 refused; 1 skipped; \d+ not known to be stored\n  line 3: fields: 1, in the header: 2\n`;

  const SIGNALS: [string, NodeJS.Signals, Answer[], number, number][] = [
    ['Ctrl-C', 'SIGINT', [stores, silent, silent], 20_000, 130],
    ['Ctrl-C at once', 'SIGINT', [silent], 0, 130],
    ['SIGTERM', 'SIGTERM', [stores, silent, silent], 20_000, 143],
    ['a closed terminal', 'SIGHUP', [stores, silent, silent], 20_000, 129],
    [
      'Ctrl-C while it waits',
      'SIGINT',
      [problem(429, 7, {}, { 'retry-after': '86400' }), silent],
      7,
      130,
    ],
    [
      'SIGTERM while it waits',
      'SIGTERM',
      [problem(503, 0, {}, { 'retry-after': '60' }), silent],
      0,
      143,
    ],
  ];

  it('tells in its help the exit status at each signal', async () => {
    const { output } = await importer.run('--help');
    const [, statuses = ''] = output.split('Exit status: ');
    for (const [, , , , status] of SIGNALS)
      expect(statuses).to.match(new RegExp(`\\b${status}\\b`));
  });

  for (const [what, signal, answers, stored, status] of SIGNALS) {
    it(`says what is stored at ${what}`, async () => {
      const service = await startService(answers);
      const command = importer.start(file, '--url', service.url);
      await service.lastAsked;
      if (what.endsWith('it waits')) await command.printed(/going on in/);
      command.child.kill(signal);
      const { code } = await command.exited;
      service.close();
      expect(command.output()).to.match(
        new RegExp(`${tally(stored)}import: stopped by ${signal};[^\n]*$`),
      );
      expect(code).to.equal(status);
    });
  }

  for (const [what, answers, stored, said] of [
    ['a quota that names no time', [stores, silent, problem(429, 5)], 20_005, 'answered 429 {.*'],
    [
      'a credential that is no longer taken',
      [stores, silent, problem(401, 0)],
      20_000,
      'answered 401 {.*',
    ],
    [
      'an answer of another service',
      [stores, silent, (response) => response.end('<html>')],
      20_000,
      'does not answer as POST /segments does; is it USS or ES\\?',
    ],
    [
      'an answer of JSON that is no tally',
      [(response) => response.end('[]')],
      0,
      'does not answer as POST /segments does; is it USS or ES\\?',
    ],
  ] as [string, Answer[], number, string][]) {
    it(`says what is stored at ${what}`, async () => {
      const service = await startService(answers);
      const { code, output } = await importer.run(file, '--url', service.url);
      service.close();
      expect(output).to.match(new RegExp(`${tally(stored)}import: \\S+ ${said}$`));
      expect(code).to.equal(1);
    });
  }

  it('says what is stored when the service goes away', async () => {
    const service = await startService([
      stores,
      silent,
      (response) => {
        response.destroy();
        service.close();
      },
    ]);
    const { code, output } = await importer.run(file, '--url', service.url);
    expect(output).to.match(
      new RegExp(`20000 stored; .*import: ${service.url} cannot be reached: [^\n]*$`, 's'),
    );
    expect(code).to.equal(1);
  });
});
