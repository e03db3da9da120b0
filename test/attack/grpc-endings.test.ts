import { once } from 'node:events';
import { expect } from 'chai';
import { type Es, startEs } from '../../src/es/service.js';
import { makeApiKey } from '../support/api-key.js';
import { framed, type Http2Call, type Http2Calls, openHttp2 } from '../support/http2-calls.js';
import { esConfig, startRedis, type TestRedis } from '../support/system.js';

const SERVICE = '/segment.v1.EstimationService';
const WATCH = '/grpc.health.v1.Health/Watch';
const REFLECTION = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo';

const UNAUTHENTICATED = '16';
const LIMITED = '8';
const INVALID = '3';
const DEADLINE = '4';
const UNIMPLEMENTED = '12';
const INTERNAL = '13';

/** A name of one letter, the first field of most requests; a request of reflection for all services. */
const A_NAME = framed(Buffer.from([0x0a, 1, 0x61]));
const LIST = framed(Buffer.from([0x3a, 1, 0x2a]));
const BROKEN = framed(Buffer.from([0x0a, 0xff, 0xff]));

interface Ending {
  path: string;
  /** Without a credential where it is not `known`. */
  known?: boolean;
  headers?: Record<string, string>;
  send?: Buffer;
  status: string;
}

const ENDINGS: Record<string, Ending> = {
  'StoreStream without a credential': {
    path: `${SERVICE}/StoreStream`,
    status: UNAUTHENTICATED,
  },
  'reflection without a credential': { path: REFLECTION, status: UNAUTHENTICATED },
  'Count without a credential': {
    path: `${SERVICE}/Count`,
    send: A_NAME,
    status: UNAUTHENTICATED,
  },
  'Watch whose request never comes': { path: WATCH, status: DEADLINE },
  'Watch whose request never ends': { path: WATCH, send: A_NAME, status: DEADLINE },
  'Watch with a time of its own': {
    path: WATCH,
    headers: { 'grpc-timeout': '20m' },
    status: DEADLINE,
  },
  'reflection with a time of its own, behind an answer': {
    path: REFLECTION,
    known: true,
    headers: { 'grpc-timeout': '200m' },
    send: LIST,
    status: DEADLINE,
  },
  'StoreStream with a time that is none': {
    path: `${SERVICE}/StoreStream`,
    known: true,
    headers: { 'grpc-timeout': 'x' },
    status: INTERNAL,
  },
  'StoreStream with compressed messages': {
    path: `${SERVICE}/StoreStream`,
    known: true,
    send: framed(Buffer.alloc(0), { compressed: true }),
    status: UNIMPLEMENTED,
  },
  'StoreStream with a time of its own': {
    path: `${SERVICE}/StoreStream`,
    known: true,
    headers: { 'grpc-timeout': '20m' },
    status: DEADLINE,
  },
  'StoreStream with a broken request': {
    path: `${SERVICE}/StoreStream`,
    known: true,
    send: BROKEN,
    status: INVALID,
  },
  'reflection with a broken request behind one that is answered': {
    path: REFLECTION,
    known: true,
    send: Buffer.concat([LIST, BROKEN]),
    status: INVALID,
  },
  'StoreBatch that is too large': {
    path: `${SERVICE}/StoreBatch`,
    known: true,
    send: framed(Buffer.alloc(0), { length: 2 ** 30 }),
    status: LIMITED,
  },
};

describe('gRPC calls that are over, but not for their clients', () => {
  let redis: TestRedis;
  let es: Es;
  let connection: Http2Calls;
  const { key, entry } = makeApiKey('all', 'segments:write', 'segments:read');
  const known = { authorization: `Bearer ${key}` };

  before(async () => {
    redis = await startRedis();
    const grpc = { port: 0, clientTimeoutMs: 200 };
    es = await startEs(esConfig(redis.url, { auth: { mode: 'api-key', apiKeys: [entry] }, grpc }));
    await es.ready;
  });
  beforeEach(async () => {
    connection = await openHttp2(es.grpcPort);
  });
  afterEach(() => connection.close());
  after(async () => {
    await es.close();
    await redis.close();
  });

  const open = (ending: Ending): Http2Call => {
    const headers = { ...(ending.known && known), ...ending.headers };
    const call = connection.open(ending.path, headers);
    call.stream.resume();
    if (ending.send !== undefined) call.stream.write(ending.send);
    return call;
  };
  /** Whether the next call of a method is let in, by a client with a credential. */
  const isLetIn = async (path: string) => {
    const call = connection.open(path, known);
    call.stream.resume().end();
    return (await call.status) !== LIMITED;
  };

  for (const [what, ending] of Object.entries(ENDINGS)) {
    it(`are closed by us: ${what}`, async () => {
      for (let left = 5; left > 0; left -= 1) {
        const { stream, status } = open(ending);
        const closed = once(stream, 'close');
        expect(await status).to.equal(ending.status);
        await closed;
        expect(stream.rstCode).to.equal(0);
        expect(await isLetIn(ending.path)).to.equal(true);
      }
    });
  }
});
