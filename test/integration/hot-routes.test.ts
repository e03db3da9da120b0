import { expect } from 'chai';
import { openRaw, rawRequest } from '../support/raw.js';
import { type System, startSystem } from '../support/system.js';

const JSON_TYPE = { 'Content-Type': 'application/json' };
const NDJSON = { 'Content-Type': 'application/x-ndjson' };

/** What to add to a request, so that another listener takes it: headers, the start of its target, an empty query. */
const WAYS = {
  'on the connection': { headers: {}, before: '', after: '' },
  'by the lean listener': { headers: { TE: 'trailers' }, before: '', after: '' },
  'by Express': { headers: {}, before: 'http://localhost', after: '?' },
};

/** What differs between two answers to one request. */
const TIMES = /\r\nDate: .*|"as_of":"[^"]*"/g;

const long = 'x'.repeat(257);
const LINE = '{"segment":"sport","user_id":"u1"}\n';
const NOT_UTF8 = Buffer.from([0x22, 0xff, 0x22]);
const OLD = ',"occurred_at":"2001-01-01T00:00:00Z"}';
const many = (count: number) => Array.from({ length: count }, (_, index) => `s${index}`);
const lines = (...some: (string | Buffer)[]) =>
  Buffer.concat(some.map((line) => Buffer.from(line)));

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
  ['bytes that are not UTF-8', 'POST', '/segment', JSON_TYPE, NOT_UTF8],
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
  ['a count over days', 'GET', '/segment/sport?days=7', {}],
  ['a count over no days', 'GET', '/segment/sport?days=0', {}],
  ['a count over days of no number', 'GET', '/segment/sport?days=seven', {}],
  ['days twice', 'GET', '/segment/sport?days=1&days=2', {}],
  ['an unknown parameter', 'GET', '/segment/sport?day=1', {}],
  ['an unknown parameter of a store', 'POST', '/segment?a=b', JSON_TYPE, LINE],
  ['an estimate', 'GET', '/segment/sport/estimate', {}],
  ['an estimate over days', 'GET', '/segment/sport/estimate?days=2', {}],
  ['an estimate of dots', 'GET', '/segment/../estimate', {}],
  ['an estimate with a body', 'GET', '/segment/sport/estimate', {}, '{}'],
  ['a history', 'GET', '/segment/%D1%81/history?days=3', {}],
  ['a history of too many days', 'GET', '/segment/sport/history?days=15', {}],
  ['nothing below a segment', 'GET', '/segment/sport/more', {}],
  ['lines', 'POST', '/segments', NDJSON, LINE.repeat(20)],
  ['lines by another name', 'POST', '/segments', { 'Content-Type': 'application/jsonl' }, LINE],
  ['as many lines as there may be', 'POST', '/segments', NDJSON, LINE.repeat(1_850)],
  ['no lines', 'POST', '/segments', NDJSON],
  ['blank lines', 'POST', '/segments', NDJSON, `\n\r\n  \n${LINE}\n`],
  ['too many blank lines', 'POST', '/segments', NDJSON, '\n'.repeat(1_001)],
  ['bad lines', 'POST', '/segments', NDJSON, `[]\n${LINE}{"segment":"."}\n{\n`],
  ['lines that are too old', 'POST', '/segments', NDJSON, LINE.replace('}', OLD).repeat(2)],
  ['more bad lines than are told', 'POST', '/segments', NDJSON, '{}\n'.repeat(30)],
  ['a last line without its end', 'POST', '/segments', NDJSON, LINE + LINE.trim()],
  ['a line that is not UTF-8', 'POST', '/segments', NDJSON, lines(LINE, NOT_UTF8, '\n', LINE)],
  ['lines of UTF-16', 'POST', '/segments', NDJSON, Buffer.from(`\ufeff${LINE}`, 'utf16le')],
  ['a line that is too long', 'POST', '/segments', NDJSON, `${' '.repeat(17_000)}\n${LINE}`],
  ['lines without a type', 'POST', '/segments', {}, LINE],
  ['an array', 'POST', '/segments', JSON_TYPE, `[${LINE},${LINE},{"segment":1}]`],
  ['an empty array', 'POST', '/segments', JSON_TYPE, '[]'],
  ['no array', 'POST', '/segments', JSON_TYPE, LINE],
  ['too many entries', 'POST', '/segments', JSON_TYPE, `[${'1,'.repeat(10_000)}1]`],
  ['lists to count', 'POST', '/counts', JSON_TYPE, '{"segments":["sport","nobody","sport"]}'],
  ['lists to count over days', 'POST', '/counts', JSON_TYPE, '{"segments":["sport"],"days":2}'],
  ['counts of nothing', 'POST', '/counts', JSON_TYPE, '{"segments":[]}'],
  ['counts over no days', 'POST', '/counts', JSON_TYPE, '{"segments":["sport"],"days":0}'],
  ['counts with more members', 'POST', '/counts', JSON_TYPE, '{"segments":["a"],"more":1}'],
  ['counts of too many', 'POST', '/counts', JSON_TYPE, JSON.stringify({ segments: many(1_001) })],
  ['too many values', 'POST', '/counts', JSON_TYPE, JSON.stringify({ segments: many(2_100) })],
  ['GET of counts', 'GET', '/counts', {}],
  ['GET of lines', 'GET', '/segments/more', {}],
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

    it('tell the same of a request that ends before its body, whoever reads it', async () => {
      const answers = [];
      for (const headers of [{}, { TE: 'trailers' }]) {
        const connection = await openRaw(port);
        connection.send(
          rawRequest('POST /segment', { ...JSON_TYPE, ...headers }, LINE).subarray(0, -5),
        );
        connection.socket.end();
        answers.push((await connection.receive()).replace(TIMES, ''));
        connection.close();
      }
      expect(answers[0]).to.match(/^HTTP\/1\.1 400 .*the request ends before it is complete/s);
      expect(answers[1]).to.equal(answers[0]);
    });

    for (const [what, method, path, type, body] of REQUESTS) {
      it(`answer ${what} the same, whoever reads the request`, async () => {
        const answers = [];
        for (const { headers, before, after } of Object.values(WAYS)) {
          const connection = await openRaw(port);
          const line = `${method} ${before}${path}${path.includes('?') ? '' : after}`;
          connection.send(rawRequest(line, { ...type, ...headers }, body));
          answers.push((await connection.receive(method)).replace(TIMES, ''));
          connection.close();
        }
        expect(answers[0]).to.match(/^HTTP\/1\.1 [2-4]\d\d /);
        expect(answers[1], 'by the lean listener').to.equal(answers[0]);
        expect(answers[2], 'by Express').to.equal(answers[0]);
      });
    }
  });
}
