import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { type Es, startEs } from '../../src/es/service.js';
import { send } from '../support/http.js';
import { esConfig, startRedis, type TestRedis } from '../support/system.js';

const KIB = 1024;

/** What a request is charged for. */
const BYTES_FOR_ONE = 64 * KIB;

const memberships = (count: number) =>
  JSON.stringify(Array.from({ length: count }, (_, at) => ({ segment: 's', user_id: `u${at}` })));
const blanks = (bytes: number) => `[${' '.repeat(bytes - 2)}]`;
const padded = (text: string, bytes: number) => text.padEnd(bytes, ' ');

const BODIES: [what: string, path: string, body: string, status: number, charged: number][] = [
  ['blanks', '/segments', blanks(1_000), 202, 1],
  ['blanks', '/segments', blanks(BYTES_FOR_ONE), 202, 1],
  ['blanks', '/segments', blanks(BYTES_FOR_ONE + 1), 202, 2],
  ['blanks', '/segments', blanks(4 * KIB * KIB), 202, 64],
  ['line feeds', '/segments', `[${'\n'.repeat(KIB * KIB - 2)}]`, 202, 16],
  ['few memberships', '/segments', padded(memberships(5), KIB * KIB), 202, 16],
  ['many memberships', '/segments', padded(memberships(50), KIB * KIB), 202, 50],
  ['an id too long', '/segments', `[{"segment":"s","user_id":"${'u'.repeat(200_000)}"}]`, 202, 4],
  ['no JSON', '/segments', 'x'.repeat(300 * KIB), 400, 5],
  ['few segments', '/counts', padded('{"segments":["a","b"]}', KIB * KIB), 200, 16],
  [
    'many segments',
    '/counts',
    padded(
      JSON.stringify({
        segments: Array(40)
          .fill('a')
          .map((a, at) => a + at),
      }),
      KIB * KIB,
    ),
    200,
    40,
  ],
  ['an overlap', '/overlap', padded('{"segments":["a","b"]}', 128 * KIB), 200, 7],
  ['an expression', '/estimate', padded('{"all":["a"]}', 128 * KIB), 200, 4],
  ['nothing', '/overlap', padded('{}', 128 * KIB), 400, 2],
  ['a membership', '/segment', padded('{"segment":"s","user_id":"u"}', 16 * KIB), 202, 1],
];

describe('Bodies that are read whole', () => {
  let redis: TestRedis;
  let es: Es;
  let base: string;
  let now = 0;
  const rateLimit = { perSecond: 1, burst: 100 };
  before(async () => {
    redis = await startRedis();
  });
  after(() => redis.close());
  beforeEach(async () => {
    now = Date.now();
    es = await startEs(esConfig(redis.url, { http: { port: 0, rateLimit } }), () => now);
    await es.ready;
    base = `http://127.0.0.1:${es.httpPort}`;
  });
  afterEach(() => es.close());

  const post = (path: string, body: string, zipped: boolean) =>
    send(base, path, {
      body: zipped ? gzipSync(body) : body,
      headers: {
        'content-type': 'application/json',
        ...(zipped && { 'content-encoding': 'gzip' }),
      },
    });
  const left = (headers: Record<string, unknown>) =>
    Number(/r=(\d+)/.exec(String(headers.ratelimit))?.[1]);

  for (const zipped of [false, true]) {
    for (const [what, path, body, status, charged] of BODIES) {
      const how = zipped ? ', zipped' : '';
      it(`are charged ${charged} for ${body.length} bytes to ${path}: ${what}${how}`, async () => {
        const answer = await post(path, body, zipped);
        expect([answer.status, rateLimit.burst - left(answer.headers)]).to.deep.equal([
          status,
          charged,
        ]);
      });
    }

    it(`are refused when no client may ask for so much at once${zipped ? ', zipped' : ''}`, async () => {
      const { status, json } = await post('/segments', blanks(8 * KIB * KIB), zipped);
      expect([status, json.detail]).to.deep.equal([
        413,
        `the body must be at most ${rateLimit.burst * BYTES_FOR_ONE} bytes; NDJSON has no limit`,
      ]);
    });

    it(`are read no further than their client has paid, and taken when it comes as it is told to${zipped ? ', zipped' : ''}`, async () => {
      for (const units of [80, 40, 90, 7]) {
        let tries = 0;
        let answer = await post('/segments', blanks(units * BYTES_FOR_ONE), zipped);
        for (; answer.status === 429; tries += 1) {
          now += Number(answer.headers['retry-after']) * 1_000;
          answer = await post('/segments', blanks(units * BYTES_FOR_ONE), zipped);
        }
        expect(answer.status).to.equal(202);
        expect(tries).to.be.at.most(7);
      }
    });
  }
});
