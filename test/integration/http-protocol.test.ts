import { expect } from 'chai';
import { send } from '../support/http.js';
import { openRaw, rawRequest } from '../support/raw.js';
import { type System, startSystem } from '../support/system.js';

const BODY = '{"segment":"sport","user_id":"u"}';
const JSON_TYPE = { 'Content-Type': 'application/json' };
const CHUNKED = `${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`;
const UPGRADE = { Connection: 'Upgrade', Upgrade: 'websocket' };
const NEXT = rawRequest('GET /segment/next', {});
const post = (more: Record<string, string> = {}) =>
  rawRequest('POST /segment', { ...JSON_TYPE, ...more }, BODY);

function chunked(coding: string, version = '1.1'): Buffer {
  const head = `POST /segment HTTP/${version}\r\nHost: a\r\nContent-Type: application/json\r\n`;
  return Buffer.from(`${head}Transfer-Encoding: ${coding}\r\n\r\n${CHUNKED}`);
}

/** What is sent before `NEXT`, and the statuses of all answers until the service ends the connection. */
const CASES: [what: string, sent: Buffer | string, statuses: string[]][] = [
  ['chunks', chunked('chunked'), ['202', '200']],
  ['chunks in capitals', chunked('Chunked'), ['202', '200']],
  ['gzip in chunks', chunked('gzip, chunked'), ['501']],
  ['a coding nobody knows in chunks', chunked('x, chunked'), ['501']],
  ['chunks in chunks', chunked('chunked, chunked'), ['400']],
  ['chunks of HTTP/1.0', chunked('chunked', '1.0'), ['400']],
  ['a line without a version', 'GET /segment/a\r\n\r\n', ['505']],
  ['HTTP/0.9', 'GET /segment/a HTTP/0.9\r\n\r\n', ['505']],
  ['HTTP/2.0', 'GET /segment/a HTTP/2.0\r\nHost: a\r\n\r\n', ['505']],
  ['HTTP/3.0', 'GET /segment/a HTTP/3.0\r\nHost: a\r\n\r\n', ['505']],
  ['Upgrade', rawRequest('GET /segment/a', UPGRADE), ['200', '200']],
  ['Upgrade of another route', rawRequest('GET /openapi.json', UPGRADE), ['200', '200']],
  // What node:http makes of the rest is not known, so the connection ends.
  ['Upgrade with a body', post(UPGRADE), ['202']],
  [
    'requests of all forms',
    Buffer.concat([post(), NEXT, post({ TE: 'trailers' })]),
    ['202', '200', '202', '200'],
  ],
];

for (const name of ['uss', 'es'] as const) {
  describe(`${name.toUpperCase()} speaks HTTP/1.1 as RFC 9112 has it`, () => {
    let system: System;
    let base: string;
    before(async () => {
      system = await startSystem();
      base = `http://127.0.0.1:${system[name].httpPort}`;
    });
    after(() => system.close());

    /** All that is answered to some bytes, whose client ends its side behind them. */
    async function answersTo(bytes: Buffer): Promise<string> {
      const { socket, ended, close } = await openRaw(system[name].httpPort);
      let text = '';
      socket.on('data', (part) => {
        text += part;
      });
      socket.end(bytes);
      await ended;
      close();
      return text;
    }

    for (const [what, sent, statuses] of CASES) {
      it(`answers what was asked before a half-close, with ${what} first`, async () => {
        const text = await answersTo(Buffer.concat([Buffer.from(sent), NEXT]));
        const seen = Array.from(text.matchAll(/HTTP\/1\.1 (\d+) /g), ([, status]) => status);
        expect(seen).to.deep.equal(statuses);
        if (Number(statuses[0]) >= 500) expect(text).to.contain('application/problem+json');
      });
    }

    it('answers many requests before a half-close, and then ends', async () => {
      const names = Array.from({ length: 300 }, (_, index) => `many-${index}`);
      const text = await answersTo(
        Buffer.concat(names.map((segment) => rawRequest(`GET /segment/${segment}`, {}))),
      );
      const answered = Array.from(text.matchAll(/"segment":"([^"]+)"/g), ([, segment]) => segment);
      expect(answered).to.deep.equal(names);
    });

    it('answers what was asked before something broken, in order', async () => {
      const many = Array.from({ length: 20 }, (_, index) =>
        rawRequest(`GET /segment/a${index}`, {}),
      );
      const brokenBody =
        'Host: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nx';
      for (const broken of ['?\r\n\r\n', `POST /segments HTTP/1.1\r\n${brokenBody}\r\n`]) {
        for (const ahead of [[NEXT], many]) {
          const text = await answersTo(Buffer.concat([...ahead, Buffer.from(broken)]));
          const seen = Array.from(text.matchAll(/HTTP\/1\.1 (\d+) /g), ([, status]) => status);
          expect(seen).to.deep.equal([...ahead.map(() => '200'), '400']);
        }
      }
    });

    it('does not take a transfer coding that a client would like for one it uses', async () => {
      const { status } = await send(base, '/segment', {
        body: { segment: 'sport', user_id: 'u' },
        headers: { te: 'gzip, chunked' },
      });
      expect(status).to.equal(202);
    });
  });
}
