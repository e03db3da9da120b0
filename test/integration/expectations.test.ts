import { expect } from 'chai';
import { openRaw, rawRequest } from '../support/raw.js';
import { type System, startSystem } from '../support/system.js';

const BODY = '{"segment":"sport","user_id":"u"}';
const LENGTH = String(BODY.length);
const JSON_TYPE = 'application/json';

/** What is sent before the body, and what it is answered. */
const REFUSED: [line: string, headers: Record<string, string>, status: number][] = [
  ['POST /segment', { 'Content-Type': 'text/plain' }, 415],
  ['POST /segment', {}, 415],
  ['POST /segment', { Host: 'evil.example', 'Content-Type': JSON_TYPE }, 421],
  ['POST /segment', { Origin: 'https://evil.example', 'Content-Type': JSON_TYPE }, 403],
  ['PUT /segment', { 'Content-Type': JSON_TYPE }, 405],
  ['POST /nowhere', { 'Content-Type': JSON_TYPE }, 404],
  ['POST /segments', { 'Content-Type': 'text/plain' }, 415],
  ['POST /counts', { 'Content-Type': 'text/plain' }, 415],
];

const TAKEN: [path: string, type: string][] = [
  ['/segment', JSON_TYPE],
  ['/segments', JSON_TYPE],
  ['/segments', 'application/x-ndjson'],
];

for (const name of ['uss', 'es'] as const) {
  describe(`${name.toUpperCase()}, asked whether to send a body`, () => {
    let system: System;
    before(async () => {
      system = await startSystem();
    });
    after(() => system.close());

    for (const [line, headers, status] of REFUSED) {
      it(`says ${status} to ${line} of ${JSON.stringify(headers)} without it`, async () => {
        const client = await openRaw(system[name].httpPort);
        const expecting = { Expect: '100-continue', 'Content-Length': LENGTH, ...headers };
        client.send(rawRequest(line, expecting));
        // What came next on the connection could be taken for the body.
        const answer = await client.receive();
        expect(answer).to.match(new RegExp(`^HTTP/1\\.1 ${status} .*connection: close`, 'is'));
        client.close();
      });
    }

    for (const [path, type] of TAKEN) {
      it(`says to go on with ${type} to ${path}`, async () => {
        const client = await openRaw(system[name].httpPort);
        const headers = { 'Content-Type': type, 'Content-Length': LENGTH, Expect: '100-continue' };
        client.send(rawRequest(`POST ${path}`, headers));
        expect(await client.receive()).to.match(/^HTTP\/1\.1 100 /);
        client.send(path === '/segments' && type === JSON_TYPE ? `[${BODY.slice(0, -2)}]` : BODY);
        expect(await client.receive()).to.match(/^HTTP\/1\.1 (202|400) /);
        client.close();
      });
    }
  });
}
