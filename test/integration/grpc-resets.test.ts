import { once } from 'node:events';
import { constants } from 'node:http2';
import { expect } from 'chai';
import { type Es, startEs } from '../../src/es/service.js';
import { CountRequest, EstimationServiceService } from '../../src/generated/segment.js';
import * as h2 from '../fuzz/http2-frames.js';
import { framed } from '../support/http2-calls.js';
import { openRaw } from '../support/raw.js';
import { createRpcClient } from '../support/rpc.js';
import { esConfig, startRedis, type TestRedis } from '../support/system.js';

const HEAD = h2.encodeHeaders([
  [':method', 'POST'],
  [':scheme', 'http'],
  [':path', EstimationServiceService.count.path],
  [':authority', 'a'],
  ['content-type', 'application/grpc'],
]);
const MESSAGE = framed(CountRequest.encode({ segment: 'sport', days: undefined }).finish());

const frame = (type: number, flags: number, stream: number, payload: Buffer) =>
  h2.toBytes({ type, flags, stream, payload });
const head = (stream: number) => frame(h2.HEADERS, h2.END_HEADERS, stream, HEAD);
const RST_STREAM = 3;
const PING = 6;

/** What has come of a call when it is reset. */
const PARTS: Record<string, (stream: number) => Buffer[]> = {
  'its headers': (stream) => [head(stream)],
  'half of its message': (stream) => [
    head(stream),
    frame(h2.DATA, 0, stream, MESSAGE.subarray(0, 7)),
  ],
  'its message, and not its end': (stream) => [head(stream), frame(h2.DATA, 0, stream, MESSAGE)],
  'all of it': (stream) => [head(stream), frame(h2.DATA, h2.END_STREAM, stream, MESSAGE)],
};

describe('A gRPC call that its client resets with any code', () => {
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

  for (const [what, partsOf] of Object.entries(PARTS)) {
    for (const isAtOnce of [true, false]) {
      it(`ends nothing but itself, after ${what}${isAtOnce ? ', at once' : ''}`, async () => {
        const { socket, send, close } = await openRaw(es.grpcPort);
        const ponged = async () => {
          send(frame(PING, 0, 0, Buffer.alloc(8)));
          await once(socket, 'data');
        };
        send(Buffer.concat([h2.PREFACE, frame(h2.SETTINGS, 0, 0, Buffer.alloc(0))]));
        await ponged();
        await redis.client.client('PAUSE', 300, 'ALL');
        for (let code = constants.NGHTTP2_NO_ERROR; code <= 15; code += 1) {
          const stream = 2 * code + 1;
          const reset = Buffer.alloc(4);
          reset.writeUInt32BE(code);
          const parts = partsOf(stream);
          const end = frame(RST_STREAM, 0, stream, reset);
          if (isAtOnce) send(Buffer.concat([...parts, end]));
          else {
            send(Buffer.concat(parts));
            await ponged();
            send(end);
          }
        }
        await ponged();
        close();
        const rpc = createRpcClient(`127.0.0.1:${es.grpcPort}`);
        expect(await rpc.call('Count', { segment: 'sport' })).to.include({ segment: 'sport' });
        rpc.close();
      });
    }
  }
});
