import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { expect } from 'chai';
import fc from 'fast-check';
import { MAX_PLAIN_HEAD_BYTES, readPlainRequest } from '../../src/http/connection/plain-request.js';
import { openRaw, rawRequest } from '../support/raw.js';

const PLAIN = rawRequest(
  'POST /segment?days=7',
  { 'Content-Type': 'application/json', Accept: '*/*', Connection: 'keep-alive' },
  '{"segment":"a","user_id":"b"}',
);

describe('readPlainRequest beside node:http', () => {
  let server: Server;
  let port: number;
  before(async () => {
    // What node:http makes of a request, told back.
    server = createServer(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part);
      const { method, url, headers } = request;
      const body = Buffer.concat(parts).toString('base64');
      const search = url?.split('?', 2)[1] ?? '';
      response.end(JSON.stringify({ method, target: url, search, headers, body }));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as { port: number }).port;
  });
  after(() => new Promise((resolve) => server.close(resolve)));

  async function readByNode(bytes: Buffer): Promise<unknown> {
    const connection = await openRaw(port);
    connection.socket.end(bytes);
    let text = '';
    connection.socket.on('data', (part) => {
      text += part;
    });
    await connection.ended;
    connection.close();
    const body = text.slice(text.indexOf('\r\n\r\n') + 4);
    return JSON.parse(/^[0-9a-f]+\r\n(.*)\r\n0\r\n\r\n$/s.exec(body)?.[1] ?? body);
  }

  it('makes of no request anything else than node:http does, whatever is wrong with it', async () => {
    const inserted = fc.constantFrom(
      '\r\n',
      '\n',
      '\r',
      ' ',
      '\t',
      ':',
      '\0',
      '\xff',
      ',',
      '0',
      '1',
      'x',
      ';',
      '%41',
      '//',
      'Host: b\r\n',
      'Content-Length: 3\r\n',
      'Transfer-Encoding: chunked\r\n',
      'A : b\r\n',
      'Cookie: a=b\r\nCookie: c=d\r\n',
      'Content-Length: +29\r\n',
      'Content-Length: 029\r\n',
      'Expect: 100-continue\r\n',
      'Connection: close\r\n',
      ' folded\r\n',
      'X-Empty:\r\n',
    );
    const change = fc.record({
      at: fc.nat(PLAIN.length),
      removed: fc.nat(3),
      inserted: fc.oneof(fc.constant(''), inserted),
    });
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 2 }), async (changes) => {
        let text = PLAIN.toString('latin1');
        for (const { at, removed, inserted: more } of changes) {
          text = text.slice(0, at) + more + text.slice(at + removed);
        }
        const bytes = Buffer.from(text, 'latin1');
        const plain = readPlainRequest(bytes, MAX_PLAIN_HEAD_BYTES);
        if (plain === undefined || plain.missingBytes > 0) return;
        const { missingBytes, ...request } = plain;
        accepted += 1;
        const body = plain.body.toString('base64');
        expect(await readByNode(bytes)).to.deep.equal({ ...request, body });
      }),
      { numRuns: 5_000 },
    );
    expect(accepted).to.be.greaterThan(100);
  });
});
