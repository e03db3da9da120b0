import { once } from 'node:events';
import { expect } from 'chai';
import { type Es, startEs } from '../../src/es/service.js';
import { send } from '../support/http.js';
import { framed, openHttp2 } from '../support/http2-calls.js';
import { createRpcClient, type RpcClient } from '../support/rpc.js';
import { esConfig, startRedis, type TestRedis } from '../support/system.js';

const BURST = 10_000;
const REFLECTION = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo';

/** A question for the names of all services. */
const LIST_SERVICES = framed(Buffer.from([0x3a, 1, 0x2a]));

const names = (count: number) => Array.from({ length: count }, (_, at) => `s${at}`);

/** What questions are charged: the same over REST and gRPC. */
const QUESTIONS: [
  charged: number,
  path: string,
  body: object | undefined,
  method: string,
  message: object,
][] = [
  [1, '/segment/s/estimate', undefined, 'Estimate', { segment: 's' }],
  [1, '/segment/s/estimate?days=14', undefined, 'Estimate', { segment: 's', days: 14 }],
  [1, '/segment/s/estimate?days=1', undefined, 'Estimate', { segment: 's', days: 1 }],
  [2, '/segment/s/estimate?days=4', undefined, 'Estimate', { segment: 's', days: 4 }],
  [5, '/segment/s/estimate?days=13', undefined, 'Estimate', { segment: 's', days: 13 }],
  [1, '/segment/s/estimate?days=15', undefined, 'Estimate', { segment: 's', days: 15 }],
  [14, '/segment/s/history', undefined, 'History', { segment: 's' }],
  [14, '/segment/s/history?days=1', undefined, 'History', { segment: 's', days: 1 }],
  [100, '/segment/s/similar', undefined, 'Similar', { segment: 's' }],
  [100, '/segment/s/similar?limit=0', undefined, 'Similar', { segment: 's', limit: 0 }],
  [1, '/segments?limit=1', undefined, 'ListSegments', { limit: 1 }],
  [1, '/segments?limit=50', undefined, 'ListSegments', { limit: 50 }],
  [2, '/segments?limit=51', undefined, 'ListSegments', { limit: 51 }],
  [2, '/segments', undefined, 'ListSegments', {}],
  [20, '/segments?limit=1000', undefined, 'ListSegments', { limit: 1_000 }],
  [9, '/segments?limit=9&details=true', undefined, 'ListSegments', { limit: 9, details: true }],
  [7, '/overlap', { segments: names(2) }, 'Overlap', { segments: names(2) }],
  [72, '/overlap', { segments: names(6) }, 'Overlap', { segments: names(6) }],
  [96, '/overlap', { segments: names(6), days: 13 }, 'Overlap', { segments: names(6), days: 13 }],
  [4, '/estimate', { all: names(1) }, 'EstimateExpression', { all: names(1) }],
  [15, '/estimate', { any: names(20) }, 'EstimateExpression', { any: names(20) }],
  [55, '/estimate', { any: names(20), days: 7 }, 'EstimateExpression', { any: names(20), days: 7 }],
  [
    22,
    '/estimate',
    { all: ['a'], any: ['b', 'c'], none: ['d'] },
    'EstimateExpression',
    { all: ['a'], any: ['b', 'c'], none: ['d'] },
  ],
  // Refused, but not before it was read.
  [73, '/overlap', { segments: names(7) }, 'Overlap', { segments: names(7) }],
];

describe('What questions are charged', () => {
  let redis: TestRedis;
  let es: Es;
  let base: string;
  let rpc: RpcClient;
  before(async () => {
    redis = await startRedis();
    const rateLimit = { perSecond: 1, burst: BURST };
    const now = Date.now();
    // Its clock stands still, so that nothing comes back.
    es = await startEs(esConfig(redis.url, { http: { port: 0, rateLimit } }), () => now);
    await es.ready;
    base = `http://127.0.0.1:${es.httpPort}`;
    rpc = createRpcClient(`127.0.0.1:${es.grpcPort}`);
  });
  after(async () => {
    rpc.close();
    await es.close();
    await redis.close();
  });

  /** What somebody has left, once it was told. */
  async function left(): Promise<number> {
    const { headers } = await send(base, '/segment/s');
    return Number(/r=(\d+)/.exec(String(headers.ratelimit))?.[1]);
  }
  /** What something costs, beside being asked what is left. */
  async function costOf(work: () => Promise<unknown>): Promise<number> {
    const before = await left();
    await work();
    return before - (await left()) - 1;
  }

  for (const [charged, path, body, method, message] of QUESTIONS) {
    const what = body === undefined ? '' : JSON.stringify(body).slice(0, 60);
    it(`is ${charged} for ${path} ${what} and ${method}`, async () => {
      expect(await costOf(() => send(base, path, body && { body }))).to.equal(charged);
      expect(await costOf(() => rpc.call(method, message).catch(() => {}))).to.equal(charged);
    });
  }

  it('is 1 for each question for the contract, and for each call that brings some', async () => {
    const { open, close } = await openHttp2(es.grpcPort);
    for (const count of [0, 1, 5]) {
      const cost = await costOf(async () => {
        const { stream, status } = open(REFLECTION);
        for (let at = 0; at < count; at += 1) {
          stream.write(LIST_SERVICES);
          await once(stream, 'data');
        }
        stream.end();
        stream.resume();
        await status;
      });
      expect(cost).to.equal(1 + count);
    }
    close();
  });

  it('ends a call of reflection that asks for more than its client may', async () => {
    const rateLimit = { perSecond: 1, burst: 3 };
    const now = Date.now();
    const strict = await startEs(esConfig(redis.url, { http: { port: 0, rateLimit } }), () => now);
    await strict.ready;
    const { open, close } = await openHttp2(strict.grpcPort);
    const { stream, status } = open(REFLECTION);
    stream.resume().write(Buffer.concat(Array(5).fill(LIST_SERVICES)));
    expect(await status).to.equal('8');
    close();
    await strict.close();
  });

  it('is nothing for health', async () => {
    const { open, close } = await openHttp2(es.grpcPort);
    const cost = await costOf(async () => {
      const { stream, status } = open('/grpc.health.v1.Health/Check');
      stream.resume().end(framed(Buffer.alloc(0)));
      expect(await status).to.equal('0');
    });
    expect(cost).to.equal(0);
    close();
  });
});
