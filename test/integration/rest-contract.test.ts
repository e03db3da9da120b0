import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { FAILURE_CODES } from '../../src/shared/failure.js';
import { countOf, type Sent, send } from '../support/http.js';
import { type System, startSystem } from '../support/system.js';

const JSON_TYPE = { 'content-type': 'application/json' };
const NDJSON = { 'content-type': 'application/x-ndjson' };

/** Requests that are refused, what with, and the words of the answer. */
const REFUSED: [what: string, path: string, sent: Sent, status: number, detail: RegExp][] = [
  ['no body', '/segment', { body: '', headers: JSON_TYPE }, 400, /^the JSON is empty$/],
  [
    'broken JSON',
    '/segment',
    { body: '{"segment":', headers: JSON_TYPE },
    400,
    /^the JSON is broken/,
  ],
  [
    'not UTF-8',
    '/segment',
    { body: Buffer.from([0x22, 0xff, 0x22]), headers: JSON_TYPE },
    400,
    /not valid UTF-8/,
  ],
  [
    'an array',
    '/segment',
    { body: [] },
    400,
    /^the body must be one .*; POST \/segments takes many$/,
  ],
  ['no segment', '/segment', { body: { user_id: 'u' } }, 400, /^segment is missing$/],
  ['no user', '/segment', { body: { segment: 's' } }, 400, /^user_id is missing$/],
  [
    'a number',
    '/segment',
    { body: { segment: 7, user_id: 'u' } },
    400,
    /^segment must be a string, not a number$/,
  ],
  [
    'nothing in it',
    '/segment',
    { body: { segment: 's', user_id: '' } },
    400,
    /^user_id must not be empty$/,
  ],
  [
    'too long',
    '/segment',
    { body: { segment: 'x'.repeat(257), user_id: 'u' } },
    400,
    /^segment must be at most 256 bytes of UTF-8, not 257$/,
  ],
  [
    'control',
    '/segment',
    { body: { segment: 'a\tb', user_id: 'u' } },
    400,
    /^segment must not contain control characters$/,
  ],
  [
    'surrogate',
    '/segment',
    { body: '{"segment":"\\ud800","user_id":"u"}', headers: JSON_TYPE },
    400,
    /^segment must be well-formed/,
  ],
  [
    'bad time',
    '/segment',
    { body: { segment: 's', user_id: 'u', occurred_at: '1 May' } },
    400,
    /^occurred_at must be an RFC 3339/,
  ],
  [
    'old time',
    '/segment',
    { body: { segment: 's', user_id: 'u', occurred_at: '2001-01-01T00:00:00Z' } },
    400,
    /^occurred_at is out of window: .* last 14/,
  ],
  [
    'far time',
    '/segment',
    { body: { segment: 's', user_id: 'u', occurred_at: '2101-01-01T00:00:00Z' } },
    400,
    /^occurred_at must be at most 5 minutes ahead/,
  ],
  [
    'too much',
    '/segment',
    { body: { segment: 's', user_id: 'u', more: 'x'.repeat(20_000) } },
    413,
    /^the body must be at most 16384 bytes$/,
  ],
  [
    'no type',
    '/segment',
    { body: '{}' },
    415,
    /^Content-Type must be application\/json; there is none: with curl add -H/,
  ],
  [
    'a form',
    '/segment',
    { body: 'a=b', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    415,
    /^Content-Type must be/,
  ],
  [
    'a broken type',
    '/segment',
    { body: '{}', headers: { 'content-type': ';;' } },
    415,
    /^Content-Type must be/,
  ],
  [
    'latin-1',
    '/segment',
    { body: '{}', headers: { 'content-type': 'application/json; charset=latin1' } },
    415,
    /charset must be utf-8/,
  ],
  [
    'brotli',
    '/segment',
    { body: '{}', headers: { ...JSON_TYPE, 'content-encoding': 'br' } },
    415,
    /^Content-Encoding must be/,
  ],
  [
    'NDJSON for one',
    '/segment',
    { body: '{}', headers: NDJSON },
    415,
    /^Content-Type must be application\/json$/,
  ],
  [
    'text in bulk',
    '/segments',
    { body: '{}', headers: { 'content-type': 'text/plain' } },
    415,
    /^Content-Type must be application\/x-ndjson or application\/json; a body of text\/plain/,
  ],
  ...[
    '{}\n{}',
    '{"segment":"s","user_id":"u"}\n{"segment":"s","user_id":"v"}\n',
    '{}{}',
    'a,b',
  ].map((body): [string, string, object, number, RegExp] => [
    ...([
      `${JSON.stringify(body)} as JSON in bulk`,
      '/segments',
      { body, headers: JSON_TYPE },
      400,
    ] as const),
    /^the JSON is broken.*; .* must be application\/x-ndjson$/,
  ]),
  [
    'an object in bulk',
    '/segments',
    { body: { segment: 's', user_id: 'u' } },
    400,
    /^the body must be a JSON array; .* must be application\/x-ndjson$/,
  ],
  [
    'too many',
    '/segments',
    { body: new Array(10_001).fill(0) },
    413,
    /^the array must have at most 10000 entries; NDJSON has no limit$/,
  ],
  [
    'broken gzip',
    '/segments',
    { body: 'no gzip', headers: { ...NDJSON, 'content-encoding': 'gzip' } },
    400,
    /not valid gzip, or is cut short$/,
  ],
  [
    'half a gzip',
    '/segments',
    {
      body: gzipSync('{"segment":"s"').subarray(0, 15),
      headers: { ...NDJSON, 'content-encoding': 'gzip' },
    },
    400,
    /cut short$/,
  ],
  [
    'an array',
    '/counts',
    { body: [] },
    400,
    /^the body must be a JSON object; it may have segments, days$/,
  ],
  ['no segments', '/counts', { body: {} }, 400, /^segments is missing$/],
  [
    'a segment for segments',
    '/counts',
    { body: { segments: 's' } },
    400,
    /^segments must be an array, not a string$/,
  ],
  ['none', '/counts', { body: { segments: [] } }, 400, /^segments must be 1 to 1000, not 0$/],
  [
    '1,001',
    '/counts',
    { body: { segments: new Array(1_001).fill('s') } },
    400,
    /^segments must be 1 to 1000, not 1001$/,
  ],
  [
    'an empty one',
    '/counts',
    { body: { segments: ['s', ''] } },
    400,
    /^segments\[1\] must not be empty$/,
  ],
  [
    '0 days',
    '/counts',
    { body: { segments: ['s'], days: 0 } },
    400,
    /^days must be one whole number/,
  ],
  [
    'null for days',
    '/counts',
    { body: { segments: ['s'], days: null } },
    400,
    /^days must be one whole number.*, or left out for all$/,
  ],
  [
    'days as text',
    '/counts',
    { body: { segments: ['s'], days: '7' } },
    400,
    /^days must be one whole number/,
  ],
  [
    '15 days',
    '/counts',
    { body: { segments: ['s'], days: 15 } },
    400,
    /^days must be a whole number from 1 to 14$/,
  ],
  [
    'more days than ES can be told of',
    '/counts',
    { body: { segments: ['s'], days: 2 ** 32 } },
    400,
    /^days must be one whole number/,
  ],
  ['0 days', '/segment/s?days=0', {}, 400, /^days must be a whole number from 1 to 14$/],
  ['15 days', '/segment/s?days=15', {}, 400, /^days must be a whole number from 1 to 14$/],
  [
    'no days',
    '/segment/s?days=',
    {},
    400,
    /^days must be one whole number.*, or left out for all$/,
  ],
  ['half a day', '/segment/s?days=1.5', {}, 400, /^days must be one whole number/],
  ['minus one', '/segment/s?days=-1', {}, 400, /^days must be one whole number/],
  ['days twice', '/segment/s?days=1&days=2', {}, 400, /^days must be one whole number/],
  [
    'a control character',
    '/segment/a%00b',
    {},
    400,
    /^segment must not contain control characters$/,
  ],
  ['a long segment', `/segment/${'x'.repeat(257)}`, {}, 400, /^segment must be at most 256 bytes/],
  ['a bad escape', '/segment/%zz', {}, 400, /^the path is not valid percent-encoded UTF-8$/],
  ['a bad byte', '/segment/%ff', {}, 400, /^the path is not valid percent-encoded UTF-8$/],
  ['a surrogate', '/segment/%ed%a0%80', {}, 400, /^the path is not valid percent-encoded UTF-8$/],
  ['nothing there', '/nothing', {}, 404, /^there is nothing at this path/],
  ['a slash more', '/segment/', {}, 404, /^there is nothing at this path/],
  ['a slash inside', '/segment/a/b', {}, 404, /^there is nothing at this path.* %2F$/],
  ['another case', '/Segment/s', {}, 404, /^there is nothing at this path/],
  ['a host that is none', 'http://[/segment/', {}, 404, /^there is nothing at this path/],
];

/** Paths and the methods they answer. */
const ALLOWED: [path: string, allow: string][] = [
  ['/segment', 'POST, OPTIONS'],
  ['/counts', 'POST, OPTIONS'],
  ['/metrics', 'GET, HEAD, OPTIONS'],
  ['/healthz', 'GET, HEAD, OPTIONS'],
  ['/readyz', 'GET, HEAD, OPTIONS'],
  ['/openapi.json', 'GET, HEAD, OPTIONS'],
  ['/swagger/index.html', 'GET, HEAD, OPTIONS'],
];

/** Paths that answer other methods, or nothing, at one of the two. */
const OWN_ALLOWED: Record<'uss' | 'es', typeof ALLOWED> = {
  uss: [
    ['/segments', 'POST, OPTIONS'],
    ['/segment/s', 'GET, HEAD, OPTIONS'],
  ],
  es: [
    ['/', 'GET, HEAD, OPTIONS'],
    ['/assets/page.js', 'GET, HEAD, OPTIONS'],
    ['/segments', 'GET, HEAD, POST, OPTIONS'],
    ['/segment/s', 'GET, HEAD, DELETE, OPTIONS'],
    ['/segment/s/estimate', 'GET, HEAD, OPTIONS'],
    ['/segment/s/history', 'GET, HEAD, OPTIONS'],
    ['/overlap', 'POST, OPTIONS'],
    ['/estimate', 'POST, OPTIONS'],
  ],
};

for (const name of ['uss', 'es'] as const) {
  describe(`REST of ${name.toUpperCase()}`, () => {
    let system: System;
    let base: string;
    before(async () => {
      system = await startSystem();
      base = system.urls[name];
    });
    after(() => system.close());

    it('stores a membership, and counts it in both services', async () => {
      const { status, headers, json } = await send(base, '/segment', {
        body: { segment: 'sport', user_id: 'u104010' },
      });
      expect([status, json]).to.deep.equal([202, { status: 'accepted' }]);
      expect(headers['content-type']).to.equal('application/json');
      for (const url of Object.values(system.urls)) {
        const answer = await send(url, '/segment/sport');
        expect(answer.status).to.equal(200);
        expect(answer.text).to.equal('{"segment":"sport","user_count":1}');
      }
    });

    it('counts a user once, and an unknown segment 0', async () => {
      for (const user_id of ['a', 'b', 'a']) {
        await send(base, '/segment', { body: { segment: 'twice', user_id } });
      }
      expect(await countOf(base, 'twice')).to.equal(2);
      expect(await countOf(base, 'nobody')).to.equal(0);
    });

    it('counts as many days as are asked for', async () => {
      const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
      for (const days of [0, 1, 13]) {
        const body = { segment: 'days', user_id: `u${days}`, occurred_at: daysAgo(days) };
        expect((await send(base, '/segment', { body })).status).to.equal(202);
      }
      for (const [query, count] of [
        ['', 3],
        ['?days=1', 1],
        ['?days=2', 2],
        ['?days=13', 2],
        ['?days=14', 3],
      ] as const) {
        expect(await countOf(base, 'days', query), query).to.equal(count);
      }
    });

    for (const segment of [
      '{a}',
      '}{',
      'a/b',
      '100%',
      '%2F',
      'a?b#c',
      ' ',
      '...',
      '.a',
      'спорт',
      '日本',
      '👩‍👩‍👧‍👦',
      '\u202eשלום',
      '__proto__',
      'constructor',
      '"\\',
      'a+b&c=d',
      'x'.repeat(256),
    ]) {
      it(`brings the segment ${JSON.stringify(segment.slice(0, 16))} back as it was`, async () => {
        const body = { segment, user_id: segment };
        expect((await send(base, '/segment', { body })).status).to.equal(202);
        const { json } = await send(base, `/segment/${encodeURIComponent(segment)}`);
        expect(json).to.deep.equal({ segment, user_count: 1 });
      });
    }

    for (const [what, path, sent, status, detail] of REFUSED) {
      it(`answers ${status} to ${what} at ${path.slice(0, 30)}, and stores nothing`, async () => {
        const keys = await system.redis.dbsize();
        const answer = await send(base, path, sent);
        expect(answer.status).to.equal(status);
        expect(answer.headers['content-type']).to.equal('application/problem+json');
        expect(answer.json.status).to.equal(status);
        expect(answer.json.type).to.equal('about:blank');
        expect(answer.json.title).to.be.a('string');
        expect(FAILURE_CODES).to.include(answer.json.code);
        expect(answer.json.detail).to.match(detail);
        expect(await system.redis.dbsize()).to.equal(keys);
      });
    }

    for (const [path, allow] of [...ALLOWED, ...OWN_ALLOWED[name]]) {
      it(`allows ${allow} at ${path}`, async () => {
        for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']) {
          const { status, headers, text } = await send(base, path, { method });
          if (method === 'OPTIONS') {
            expect([status, headers.allow, text]).to.deep.equal([204, allow, '']);
          } else if (allow.includes(method)) expect(status, method).not.to.equal(405);
          else expect([status, headers.allow], method).to.deep.equal([405, allow]);
        }
      });
    }

    it('answers HEAD with the headers of GET alone', async () => {
      const get = await send(base, '/segment/sport');
      const head = await send(base, '/segment/sport', { method: 'HEAD' });
      expect([head.status, head.text]).to.deep.equal([200, '']);
      expect(head.headers['content-length']).to.equal(get.headers['content-length']);
    });

    it('takes a content type in other words', async () => {
      for (const type of [
        'application/json; charset=utf-8',
        'Application/JSON',
        'application/json;charset="UTF-8"',
      ]) {
        const body = JSON.stringify({ segment: 'typed', user_id: 'u' });
        const { status } = await send(base, '/segment', {
          body,
          headers: { 'content-type': type },
        });
        expect(status, type).to.equal(202);
      }
    });

    it('stores NDJSON and answers by line', async () => {
      const body =
        '{"segment":"bulk","user_id":"a"}\n\nbroken\n{"segment":"bulk"}\r\n{"segment":"bulk","user_id":"b","occurred_at":"2001-01-01T00:00:00Z"}\n{"segment":"bulk","user_id":"c"}';
      const answer = await send(base, '/segments', { body, headers: NDJSON });
      expect(answer.status).to.equal(202);
      expect(answer.json).to.deep.equal({
        accepted: 2,
        rejected: 3,
        errors: [
          { line: 3, detail: 'the JSON is broken', code: 'invalid_json' },
          {
            ...{ line: 4, detail: 'user_id is missing', code: 'missing_field' },
            field: 'user_id',
          },
          {
            ...{ line: 5, code: 'out_of_window', field: 'occurred_at' },
            detail:
              'occurred_at is out of window: its UTC day must be one of the last 14, today included',
          },
        ],
      });
      expect(await countOf(base, 'bulk')).to.equal(2);
    });

    it('stores a JSON array of 10,000, gzip or not', async () => {
      const entries = (from: number) =>
        Array.from({ length: 10_000 }, (_, index) => ({
          segment: 'array',
          user_id: `u${from + index}`,
        }));
      const plain = await send(base, '/segments', { body: entries(0) });
      expect(plain.json).to.deep.equal({ accepted: 10_000, rejected: 0, errors: [] });
      const zipped = await send(base, '/segments', {
        body: gzipSync(JSON.stringify(entries(5_000))),
        headers: { ...JSON_TYPE, 'content-encoding': 'gzip' },
      });
      expect(zipped.json).to.deep.equal({ accepted: 10_000, rejected: 0, errors: [] });
      expect(await countOf(base, 'array')).to.be.closeTo(15_000, 15_000 * 4 * 0.0081);
    });

    it('counts a thousand segments at once, in their order', async () => {
      const segments = Array.from({ length: 1_000 }, (_, index) => `c${index}`);
      const body = segments
        .slice(0, 999)
        .flatMap((segment, index) =>
          [...'abc'].slice(0, (index % 3) + 1).map((user_id) => ({ segment, user_id })),
        );
      await send(base, '/segments', { body });
      for (const days of [undefined, 1]) {
        const { status, json } = await send(base, '/counts', { body: { segments, days } });
        expect(status).to.equal(200);
        expect(json.counts).to.deep.equal(
          segments.map((segment, index) => ({
            segment,
            user_count: index === 999 ? 0 : (index % 3) + 1,
          })),
        );
      }
      expect(await countOf(base, 'c2')).to.equal(3);
    });

    it('counts a segment named twice twice', async () => {
      const { json } = await send(base, '/counts', { body: { segments: ['sport', 'sport'] } });
      expect(json.counts.map(({ segment }: { segment: string }) => segment)).to.deep.equal([
        'sport',
        'sport',
      ]);
    });

    it('tells its metrics', async () => {
      const { headers, text } = await send(base, '/metrics');
      expect(headers['content-type']).to.match(/^text\/plain; version=0\.0\.4/);
      expect(text).to.match(
        /segmentation_http_request_duration_seconds_count\{method="POST",route="\/segment",status="202"\} \d+/,
      );
      expect(text).to.contain('process_resident_memory_bytes');
      expect(text).not.to.contain('sport');
    });

    it('answers an empty body in bulk with nothing', async () => {
      const none = { accepted: 0, rejected: 0, errors: [] };
      expect((await send(base, '/segments', { body: '', headers: NDJSON })).json).to.deep.equal(
        none,
      );
      expect((await send(base, '/segments', { body: [] })).json).to.deep.equal(none);
    });

    it('tells nothing of what it is made of', async () => {
      const { headers } = await send(base, '/nothing');
      expect(headers).not.to.have.property('x-powered-by');
      expect(headers).not.to.have.property('server');
    });

    it('gives back the name of a request, unless it could spoil a log', async () => {
      const paths = ['/segment/s', '/segment/s?days=1', '/healthz', '/nothing'];
      const named = (path: string, id: string) =>
        send(base, path, { headers: { 'x-request-id': id } });
      for (const path of paths) {
        const good = 'a1B2-c3:d4/e5+f6=_.';
        expect((await named(path, good)).headers['x-request-id'], path).to.equal(good);
        for (const bad of ['a b', '"}', 'x'.repeat(129), '\u00e9']) {
          expect((await named(path, bad)).headers, path).not.to.have.property('x-request-id');
        }
      }
    });

    it('gives files of its documentation whole, whatever the conditions', async () => {
      for (const [header, value] of [
        ['if-match', '"another"'],
        ['if-unmodified-since', 'Sat, 01 Jan 2000 00:00:00 GMT'],
        ['range', 'bytes=99999999-'],
      ] as const) {
        const answer = await send(base, '/swagger/swagger-ui.css', {
          headers: { [header]: value },
        });
        expect(answer.status, header).to.equal(200);
        expect(Buffer.byteLength(answer.text)).to.equal(Number(answer.headers['content-length']));
      }
    });

    it('gives files of its documentation again only when they have changed', async () => {
      const path = '/swagger/swagger-ui.css';
      const { headers } = await send(base, path);
      const tag = String(headers.etag);
      for (const condition of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
        const answer = await send(base, path, { headers: { 'if-none-match': condition } });
        expect([answer.status, answer.text, answer.headers.etag]).to.deep.equal([304, '', tag]);
      }
      const other = await send(base, path, { headers: { 'if-none-match': '"other"' } });
      expect(other.status).to.equal(200);
    });

    it('is alive and ready', async () => {
      expect((await send(base, '/healthz')).json).to.deep.equal({ status: 'ok' });
      expect((await send(base, '/readyz')).json.status).to.equal('ready');
    });
  });
}
