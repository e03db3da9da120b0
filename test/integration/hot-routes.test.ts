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
  });
}
