import { once } from 'node:events';
import { expect } from 'chai';
import { openRaw, rawRequest } from '../support/raw.js';
import { type System, startSystem } from '../support/system.js';

const JSON_TYPE = { 'Content-Type': 'application/json' };

/** Something to put before a segment in a path, and to its end, so that another listener takes it. */
const WAYS = {
  'on the connection': { headers: {}, before: '', after: '' },
  'by the lean listener': { headers: { TE: 'trailers' }, before: '', after: '' },
  'by Express': { headers: {}, before: 'http://localhost', after: '?' },
};

const long = 'x'.repeat(257);

/** Requests to the hot routes, well and badly made. */
const REQUESTS: [
  what: string,
  method: string,
  path: string,
  type: object,
  body?: string | Buffer,
][] = [
  ['a membership', 'POST', '/segment', JSON_TYPE, '{"segment":"sport","user_id":"u1"}'],
  [
    'another case of type',
    'POST',
    '/segment',
    { 'content-type': 'Application/JSON; charset=UTF-8' },
    '{"segment":"s","user_id":"u"}',
  ],
  ['a name beyond ASCII', 'POST', '/segment', JSON_TYPE, '{"segment":"спорт","user_id":"😀"}'],
  [
    'an old membership',
    'POST',
    '/segment',
    JSON_TYPE,
    '{"segment":"s","user_id":"u","occurred_at":"2001-01-01T00:00:00Z"}',
  ],
  ['broken JSON', 'POST', '/segment', JSON_TYPE, '{"segment":'],
  ['bytes that are not UTF-8', 'POST', '/segment', JSON_TYPE, Buffer.from([0x22, 0xff, 0x22])],
  ['no user', 'POST', '/segment', JSON_TYPE, '{"segment":"s"}'],
  [
    'a long segment',
    'POST',
    '/segment',
    JSON_TYPE,
    JSON.stringify({ segment: long, user_id: 'u' }),
  ],
  ['an empty body', 'POST', '/segment', JSON_TYPE],
  ['no type', 'POST', '/segment', {}, '{}'],
  ['a wrong type', 'POST', '/segment', { 'Content-Type': 'text/plain' }, '{}'],
  ['brotli', 'POST', '/segment', { ...JSON_TYPE, 'Content-Encoding': 'br' }, '{}'],
  ['a body over the limit', 'POST', '/segment', JSON_TYPE, `{"more":"${'x'.repeat(17_000)}"}`],
  ['a wrong method', 'GET', '/segment', {}],
  ['a body where none belongs', 'GET', '/segment/sport', {}, '{}'],
  ['DELETE', 'DELETE', '/segment', {}],
  ['OPTIONS', 'OPTIONS', '/segment', {}],
  ['a count', 'GET', '/segment/sport', {}],
  ['a count of nobody', 'GET', '/segment/nobody', {}],
  ['a segment with escapes', 'GET', '/segment/%D1%81', {}],
  ['dots', 'GET', '/segment/..', {}],
  ['a long segment to count', 'GET', `/segment/${long}`, {}],
  ['a post to a segment', 'POST', '/segment/sport', JSON_TYPE, '{}'],
  ['HEAD', 'HEAD', '/segment', {}],
];

for (const name of ['uss', 'es'] as const) {
  describe(`The hot routes of ${name.toUpperCase()}`, () => {
    let system: System;
    let port: number;
    before(async () => {
      system = await startSystem(undefined, { keepAliveTimeoutMs: 1_000 });
      port = system[name].httpPort;
      const { send, receive, close } = await openRaw(port);
      send(rawRequest('POST /segment', JSON_TYPE, '{"segment":"sport","user_id":"u1"}'));
      await receive();
      close();
    });
    after(() => system.close());

    for (const [what, method, path, type, body] of REQUESTS) {
      it(`answer ${what} the same, whoever reads the request`, async () => {
        const answers = [];
        for (const { headers, before, after } of Object.values(WAYS)) {
          const connection = await openRaw(port);
          const line = `${method} ${before}${path}${after}`;
          connection.send(rawRequest(line, { ...type, ...headers }, body));
          answers.push((await connection.receive(method)).replace(/\r\nDate: .*/, ''));
          connection.close();
        }
        expect(answers[0]).to.match(/^HTTP\/1\.1 [2-4]\d\d /);
        expect(answers[1], 'by the lean listener').to.equal(answers[0]);
        expect(answers[2], 'by Express').to.equal(answers[0]);
      });
    }

    const post = (user: number) =>
      rawRequest('POST /segment', JSON_TYPE, `{"segment":"many","user_id":"u${user}"}`);

    it('take request after request on one connection, of whatever form', async () => {
      const connection = await openRaw(port);
      for (const line of [
        'GET /segment/none',
        'GET /segment/%41',
        'GET /healthz',
        'GET /segment/none',
      ]) {
        connection.send(rawRequest(line, {}));
        expect(await connection.receive()).to.match(/^HTTP\/1\.1 200 OK\r\n/);
      }
      connection.close();
    });

    it('answer in order what is sent without waiting', async () => {
      for (const together of [true, false]) {
        const connection = await openRaw(port);
        const requests = [
          post(1),
          rawRequest('GET /healthz', {}),
          rawRequest('GET /no', {}),
          post(2),
        ];
        if (together) connection.send(Buffer.concat(requests));
        else for (const request of requests) connection.send(request);
        for (const status of [202, 200, 404, 202]) {
          expect(await connection.receive()).to.match(new RegExp(`^HTTP/1.1 ${status} `));
        }
        connection.close();
      }
    });

    const EXPECTING = { Expect: '100-continue' };

    it('answer a request without content that expects to be told to go on', async () => {
      const connection = await openRaw(port);
      const file = rawRequest('GET /swagger/index.html', EXPECTING);
      connection.send(Buffer.concat([post(7), file]));
      expect(await connection.receive()).to.match(/^HTTP\/1\.1 202 /);
      expect(await connection.receive()).to.match(/^HTTP\/1\.1 200 .*<\/html>\n$/s);
      await connection.ended;
    });

    it('tell one with content to go on', async () => {
      const connection = await openRaw(port);
      const body = '{"segment":"many","user_id":"u8"}';
      const headers = { ...JSON_TYPE, ...EXPECTING, 'Content-Length': String(body.length) };
      connection.send(rawRequest('POST /segment', headers));
      expect(await connection.receive()).to.match(/^HTTP\/1\.1 100 /);
      connection.send(body);
      expect(await connection.receive()).to.match(/^HTTP\/1\.1 202 /);
      connection.close();
    });

    it('take a request in pieces of any size', async () => {
      for (const size of [1, 7, 90]) {
        const connection = await openRaw(port);
        connection.socket.setNoDelay(true);
        const request = post(3);
        for (let at = 0; at < request.length; at += size) {
          connection.send(request.subarray(at, at + size));
          await new Promise(setImmediate);
        }
        expect(await connection.receive()).to.match(/^HTTP\/1\.1 202 /);
        connection.close();
      }
    });

    it('answer a client that has ended its side, and end theirs', async () => {
      const connection = await openRaw(port);
      connection.socket.end(post(4));
      expect(await connection.receive()).to.match(/^HTTP\/1\.1 202 /);
      await connection.ended;
    });

    it('go on when clients go away before they are answered', async () => {
      for (let client = 0; client < 50; client += 1) {
        const connection = await openRaw(port);
        connection.send(post(client));
        connection.socket.resetAndDestroy();
        await once(connection.socket, 'close');
      }
      const connection = await openRaw(port);
      connection.send(post(5));
      expect(await connection.receive()).to.match(/^HTTP\/1\.1 202 /);
      connection.close();
    });

    it('end a connection that is idle', async () => {
      const connection = await openRaw(port);
      connection.send(post(6));
      await connection.receive();
      await connection.ended;
    });

    it('end idle connections at once when the service stops', async () => {
      const own = await startSystem();
      const idle = await Promise.all([openRaw(own[name].httpPort), openRaw(own[name].httpPort)]);
      for (const [index, line] of ['GET /segment/a', 'GET /healthz'].entries()) {
        idle[index]?.send(rawRequest(line, {}));
        await idle[index]?.receive();
      }
      const stopped = own.close();
      await Promise.all(idle.map(({ ended }) => ended));
      await stopped;
    });
  });
}
