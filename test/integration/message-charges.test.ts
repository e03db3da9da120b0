import { once } from 'node:events';
import { expect } from 'chai';
import { type Es, startEs } from '../../src/es/service.js';
import {
  CountBatchRequest,
  StoreBatchRequest,
  StoreStreamRequest,
} from '../../src/generated/segment.js';
import { send } from '../support/http.js';
import { framed, type Http2Calls, openHttp2 } from '../support/http2-calls.js';
import { esConfig, startRedis, type TestRedis } from '../support/system.js';

const KIB = 1024;
const SERVICE = '/segment.v1.EstimationService';

/** A field that nobody knows, so many bytes of a message. */
function filler(bytes: number): Buffer {
  const head = Buffer.from([0x7a, 0, 0, 0, 0]);
  const length = bytes - head.length;
  for (let at = 0; at < 4; at += 1)
    head[at + 1] = ((length >> (7 * at)) & 0x7f) | (at < 3 ? 0x80 : 0);
  return Buffer.concat([head, Buffer.alloc(length)]);
}

const users = (count: number) => Array.from({ length: count }, (_, at) => `u${at}`);
const batchOf = (count: number): StoreBatchRequest => ({
  memberships: users(count).map((userId) => ({ segment: 's', userId, occurredAt: undefined })),
  packed: undefined,
});
const batch = (count: number) => StoreBatchRequest.encode(batchOf(count)).finish();
const counts = (count: number) => CountBatchRequest.encode({ segments: users(count) }).finish();

/** What a message is charged that is filled up to so many bytes. */
const MESSAGES: [method: string, message: Uint8Array, bytes: number, charged: number][] = [
  ['StoreBatch', batch(1), 1 * KIB, 1],
  ['StoreBatch', batch(1), 64 * KIB, 1],
  ['StoreBatch', batch(1), 64 * KIB + 1, 2],
  ['StoreBatch', batch(0), 1024 * KIB, 16],
  ['StoreBatch', batch(3), 4096 * KIB, 64],
  ['StoreBatch', batch(50), 1024 * KIB, 50],
  ['CountBatch', counts(2), 200 * KIB, 4],
  ['CountBatch', counts(20), 200 * KIB, 20],
  ['Count', Buffer.from([0x0a, 1, 0x61]), 10 * KIB, 1],
];

describe('Messages of gRPC', () => {
  const rateLimit = { perSecond: 1, burst: 100 };
  let redis: TestRedis;
  let es: Es;
  let client: Http2Calls;
  before(async () => {
    redis = await startRedis();
  });
  after(() => redis.close());
  beforeEach(async () => {
    const now = Date.now();
    es = await startEs(esConfig(redis.url, { http: { port: 0, rateLimit } }), () => now);
    await es.ready;
    client = await openHttp2(es.grpcPort);
  });
  afterEach(async () => {
    client.close();
    await es.close();
  });

  const fill = (message: Uint8Array, bytes: number) =>
    framed(Buffer.concat([message, filler(bytes - message.length)]));
  /** What was charged so far, without the question itself. */
  async function charged(): Promise<number> {
    const { headers } = await send(`http://127.0.0.1:${es.httpPort}`, '/segment/s');
    return rateLimit.burst - 1 - Number(/r=(\d+)/.exec(String(headers.ratelimit))?.[1]);
  }

  for (const [method, message, bytes, cost] of MESSAGES) {
    it(`are charged ${cost} for ${bytes} bytes of ${method}, of which ${message.length} are known`, async () => {
      const { stream, status } = client.open(`${SERVICE}/${method}`);
      stream.resume().end(fill(message, bytes));
      expect(await status).to.equal('0');
      expect(await charged()).to.equal(cost);
    });
  }

  it('are charged on a stream, each by itself, and refused when there is too little left', async () => {
    const { stream } = client.open(`${SERVICE}/StoreStream`);
    const message = StoreStreamRequest.encode({ sequence: 1, batch: batchOf(2) }).finish();
    const refused: boolean[] = [];
    for (const bytes of [1_000, 2048 * KIB, 2048 * KIB, 4096 * KIB]) {
      stream.write(fill(message, bytes));
      const [answer] = await once(stream, 'data');
      refused.push(answer.includes('too many requests'));
    }
    expect(refused).to.deep.equal([false, false, false, true]);
    expect(await charged()).to.equal(1 + 2 + 32 + 32 + 1);
    stream.close();
  });

  it('are refused for good when no client may ask for so much at once', async () => {
    const { stream, status } = client.open(`${SERVICE}/StoreBatch`);
    let text = '';
    for (const event of ['response', 'trailers'])
      stream.on(event, (fields) => {
        text += fields['grpc-message'] ?? '';
      });
    stream.resume().end(fill(batch(1), 7_000 * KIB));
    expect(await status).to.equal('8');
    expect(decodeURIComponent(text)).to.match(/100 at once, not 110$/);
  });
});
