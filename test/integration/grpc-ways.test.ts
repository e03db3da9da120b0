import { once } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http2';
import { expect } from 'chai';
import fc from 'fast-check';
import { type Es, startEs } from '../../src/es/service.js';
import { CountRequest, StoreRequest } from '../../src/generated/segment.js';
import { makeApiKey } from '../support/api-key.js';
import { framed, type Http2Calls, openHttp2 } from '../support/http2-calls.js';
import { esConfig, startRedis, type TestRedis } from '../support/system.js';

const STORE = '/segment.v1.EstimationService/Store';
const COUNT = '/segment.v1.EstimationService/Count';

const { key: admin, entry: adminEntry } = makeApiKey('all', 'segments:write', 'segments:read');
const { key: reader, entry: readerEntry } = makeApiKey('reader', 'segments:read');
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

interface Asked {
  path: string;
  body: Buffer;
  headers?: Record<string, string>;
}

const store = (segment: string, userId: string, seconds?: number) => {
  const occurredAt = seconds === undefined ? undefined : { seconds, nanos: 0 };
  return framed(StoreRequest.encode({ segment, userId, occurredAt }).finish());
};
const count = (segment: string, days?: number) =>
  framed(CountRequest.encode({ segment, days }).finish());
const known = bearer(admin);

const CALLS: Record<string, Asked> = {
  'a membership': { path: STORE, body: store('sport', 'u1'), headers: known },
  'a membership of long ago': { path: STORE, body: store('sport', 'u1', 1_000), headers: known },
  'a membership of the future': { path: STORE, body: store('s', 'u', 1e10), headers: known },
  'a membership of nobody': { path: STORE, body: store('sport', ''), headers: known },
  'a long name': { path: STORE, body: store('x'.repeat(257), 'u'), headers: known },
  'names beyond ASCII': { path: STORE, body: store('спорт', '😀'), headers: known },
  'a name that is not UTF-8': {
    path: STORE,
    body: framed(Buffer.from([0x0a, 1, 0xff, 0x12, 1, 0x61])),
    headers: known,
  },
  'bytes that are no message': {
    path: COUNT,
    body: framed(Buffer.from([0x0a, 9, 9])),
    headers: known,
  },
  'an empty message': { path: COUNT, body: framed(Buffer.alloc(0)), headers: known },
  'a count': { path: COUNT, body: count('sport'), headers: known },
  'a count of nobody': { path: COUNT, body: count('nobody'), headers: known },
  'a count over days': { path: COUNT, body: count('sport', 3), headers: known },
  'a count over too many days': { path: COUNT, body: count('sport', 99), headers: known },
  'no credential': { path: STORE, body: store('sport', 'u1') },
  'no credential, and no message': { path: STORE, body: framed(Buffer.from([255])) },
  'a wrong credential': { path: STORE, body: store('sport', 'u1'), headers: bearer('wrong') },
  'an empty credential': { path: STORE, body: store('s', 'u'), headers: { authorization: '' } },
  'a wrong scope': { path: STORE, body: store('sport', 'u1'), headers: bearer(reader) },
  'a right scope': { path: COUNT, body: count('sport'), headers: bearer(reader) },
  'a compressed message': {
    path: COUNT,
    body: framed(Buffer.from([1]), { compressed: true }),
    headers: { ...known, 'grpc-encoding': 'gzip' },
  },
  'another encoding that is not used': {
    path: COUNT,
    body: count('sport'),
    headers: { ...known, 'grpc-encoding': 'gzip' },
  },
  'a message that is too large': {
    path: COUNT,
    body: framed(Buffer.alloc(16 * 1024 + 1)),
    headers: known,
  },
  'two messages': {
    path: COUNT,
    body: Buffer.concat([count('sport'), count('sport')]),
    headers: known,
  },
  'no message': { path: COUNT, body: Buffer.alloc(0), headers: known },
  'half a message': { path: COUNT, body: count('sport').subarray(0, 8), headers: known },
  'half a prefix': { path: COUNT, body: count('sport').subarray(0, 3), headers: known },
  'enough time': {
    path: COUNT,
    body: count('sport'),
    headers: { ...known, 'grpc-timeout': '10S' },
  },
  'a time that is none': {
    path: COUNT,
    body: count('sport'),
    headers: { ...known, 'grpc-timeout': 'soon' },
  },
  'metadata that nobody reads': {
    path: COUNT,
    body: count('sport'),
    headers: { ...known, 'x-bin': ',,,', 'x-more': 'a, b', traceparent: 'none' },
  },
  'a method that is not there': { path: `${COUNT}s`, body: count('sport'), headers: known },
};

/** A content type that grpc-js takes as well, and that is not plain. */
const NOT_PLAIN = { 'content-type': 'application/grpc;way=grpc-js' };

describe('The two ways into gRPC', () => {
  let redis: TestRedis;
  let es: Es;
  let connection: Http2Calls;
  before(async () => {
    redis = await startRedis();
    const auth = { mode: 'api-key', apiKeys: [adminEntry, readerEntry] };
    es = await startEs(esConfig(redis.url, { auth, http: { rateLimit: { perSecond: 0 } } }));
    await es.ready;
    connection = await openHttp2(es.grpcPort);
  });
  after(async () => {
    connection.close();
    await es.close();
    await redis.close();
  });

  /** Everything that a client reads of an answer. */
  const answerTo = async ({ path, body, headers }: Asked, more: object = {}) => {
    const { stream } = connection.open(path, { ...headers, ...more });
    let answered: IncomingHttpHeaders = {};
    let trailers: IncomingHttpHeaders = {};
    const chunks: Buffer[] = [];
    stream.on('response', ({ date: _date, ...fields }) => {
      answered = fields;
    });
    stream.on('trailers', (fields) => {
      trailers = fields;
    });
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.end(body);
    await once(stream, 'close');
    const data = Buffer.concat(chunks).toString('hex');
    return { answered: { ...answered }, trailers: { ...trailers }, data, reset: stream.rstCode };
  };
  const expectSame = async (asked: Asked) => {
    const byGrpcJs = await answerTo(asked, NOT_PLAIN);
    expect(await answerTo(asked)).to.deep.equal(byGrpcJs);
  };

  for (const [what, asked] of Object.entries(CALLS)) {
    it(`answer alike: ${what}`, () => expectSame(asked));
  }

  it('answer alike whatever is sent', () => {
    const text = fc.string({ unit: 'binary', maxLength: 300 });
    const bodies = fc.oneof(
      fc.tuple(text, text).map(([segment, userId]) => store(segment, userId)),
      fc
        .tuple(text, fc.option(fc.nat(), { nil: undefined }))
        .map(([name, days]) => count(name, days)),
      fc.uint8Array({ maxLength: 30 }).map((bytes) => framed(bytes)),
      fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes)),
    );
    const credentials = fc.constantFrom({}, known, known, known, bearer(reader));
    const calls = fc.record({
      path: fc.constantFrom(STORE, COUNT),
      body: bodies,
      headers: credentials,
    });
    return fc.assert(fc.asyncProperty(calls, expectSame), { numRuns: 200 });
  });
});
