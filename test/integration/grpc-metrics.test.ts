import { once } from 'node:events';
import { expect } from 'chai';
import { type Es, startEs } from '../../src/es/service.js';
import { send } from '../support/http.js';
import { framed, type Http2Call, type Http2Calls, openHttp2 } from '../support/http2-calls.js';
import { esConfig, startRedis, type TestRedis } from '../support/system.js';
import { until } from '../support/until.js';

const SERVICE = '/segment.v1.EstimationService';
const A_NAME = framed(Buffer.from([0x0a, 1, 0x61]));

interface Ending {
  path: string;
  headers?: Record<string, string>;
  /** What becomes of it once it is begun; without it the call waits for what the server does. */
  act?: (call: Http2Call, calls: Http2Calls) => unknown;
  /** How it is counted. */
  method: string;
  code: string;
}

const ENDINGS: Record<string, Ending> = {
  'a count': {
    path: `${SERVICE}/Count`,
    act: ({ stream }) => stream.end(A_NAME),
    method: 'Count',
    code: 'OK',
  },
  'a request that is no message': {
    path: `${SERVICE}/Count`,
    act: ({ stream }) => stream.end(framed(Buffer.from([0x0a, 0xff, 0xff]))),
    method: 'Count',
    code: 'INVALID_ARGUMENT',
  },
  'a method that is not there': {
    path: `${SERVICE}/Nothing`,
    method: 'other',
    code: 'UNIMPLEMENTED',
  },
  'a service that is not there': { path: '/a.B/C', method: 'other', code: 'UNIMPLEMENTED' },
  'a compressed message': {
    path: `${SERVICE}/Count`,
    headers: { 'grpc-encoding': 'gzip' },
    act: ({ stream }) => stream.end(framed(Buffer.from([1]), { compressed: true })),
    method: 'Count',
    code: 'UNIMPLEMENTED',
  },
  'a message that is too large': {
    path: `${SERVICE}/Count`,
    act: ({ stream }) => stream.end(framed(Buffer.alloc(1), { length: 2 ** 31 })),
    method: 'Count',
    code: 'RESOURCE_EXHAUSTED',
  },
  'a time that runs out': {
    path: `${SERVICE}/StoreStream`,
    headers: { 'grpc-timeout': '20m' },
    method: 'StoreStream',
    code: 'DEADLINE_EXCEEDED',
  },
  'a time that is none': {
    path: `${SERVICE}/StoreStream`,
    headers: { 'grpc-timeout': 'soon' },
    method: 'StoreStream',
    code: 'INTERNAL',
  },
  'a call that its client gives up': {
    path: '/grpc.health.v1.Health/Watch',
    async act({ stream }) {
      stream.write(A_NAME);
      stream.end();
      await once(stream, 'data');
      stream.close(8);
    },
    method: 'other',
    code: 'CANCELLED',
  },
  'a call whose connection is gone': {
    path: `${SERVICE}/CountBatch`,
    act: (_, calls) => calls.close(),
    method: 'CountBatch',
    code: 'CANCELLED',
  },
  'a request that is no gRPC': {
    path: `${SERVICE}/Count`,
    headers: { 'content-type': 'text/plain' },
    method: 'Count',
    code: 'UNKNOWN',
  },
};

describe('The count of gRPC calls', () => {
  let redis: TestRedis;
  let es: Es;
  before(async () => {
    redis = await startRedis();
    es = await startEs(esConfig(redis.url));
    await es.ready;
  });
  after(async () => {
    await es.close();
    await redis.close();
  });

  /** How many calls have ended, by method and status. */
  async function ended(): Promise<Map<string, number>> {
    const { text } = await send(`http://127.0.0.1:${es.httpPort}`, '/metrics');
    const found = text.matchAll(/_handled_total\{method="(\w+)",code="(\w+)"\} (\d+)/g);
    return new Map(Array.from(found, ([, method, code, n]) => [`${method} ${code}`, Number(n)]));
  }

  for (const [what, { path, headers, act, method, code }] of Object.entries(ENDINGS)) {
    it(`has ${what} once, as ${code}`, async () => {
      const before = await ended();
      const calls = await openHttp2(es.grpcPort);
      const call = calls.open(path, headers);
      // Whatever goes to the server afterwards, the call is there first.
      await new Promise<void>((resolve) => calls.session.ping(() => resolve()));
      await act?.(call, calls);
      await call.status;
      calls.close();
      const key = `${method} ${code}`;
      await until(async () => (await ended()).get(key) !== before.get(key));
      const after = await ended();
      expect([...after].filter(([one, n]) => n !== before.get(one))).to.deep.equal([
        [key, (before.get(key) ?? 0) + 1],
      ]);
    });
  }
});
