import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { type Es, startEs } from '../../src/es/service.js';
import { framed } from '../support/http2-calls.js';
import { createRpcClient } from '../support/rpc.js';
import { esConfig, startRedis, type TestRedis } from '../support/system.js';

const [DATA, HEADERS, RST_STREAM, SETTINGS, WINDOW_UPDATE] = [0, 1, 3, 4, 8] as const;
const [END_STREAM, END_HEADERS, PADDED] = [1, 4, 8] as const;
const STREAM = 1;

function frame(type: number, flags: number, payload: Uint8Array, stream = STREAM): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** Headers as literals that are not indexed (RFC 7541, section 6.2.2). */
function fields(...list: [name: string, value: string][]): Buffer {
  const text = (value: string) => Buffer.concat([Buffer.from([value.length]), Buffer.from(value)]);
  return Buffer.concat(
    list.flatMap(([name, value]) => [Buffer.from([0]), text(name), text(value)]),
  );
}

const uint32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

const headersOf = (method: string, ...more: [string, string][]) =>
  frame(
    HEADERS,
    END_HEADERS,
    fields(
      [':method', 'POST'],
      [':scheme', 'http'],
      [':path', `/segment.v1.EstimationService/${method}`],
      [':authority', 'a'],
      ['content-type', 'application/grpc'],
      ['te', 'trailers'],
      ...more,
    ),
  );

const PREFACE = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  frame(SETTINGS, 0, Buffer.alloc(0), 0),
]);
const MESSAGE = framed(Buffer.from([0x0a, 1, 0x61]));

/** What ends a stream with an error of HTTP/2, or the whole connection. */
const ERRORS: Record<string, Buffer> = {
  'a window that grows by nothing': frame(WINDOW_UPDATE, 0, uint32(0)),
  'a window that is too large': frame(WINDOW_UPDATE, 0, uint32(0x7fff_ffff)),
  'a reset': frame(RST_STREAM, 0, uint32(8)),
  'a reset by an unknown code': frame(RST_STREAM, 0, uint32(0xffff_ffff)),
  'headers that do not end it': frame(HEADERS, END_HEADERS, fields(['x-more', 'a'])),
  'trailers with a pseudo-header': frame(
    HEADERS,
    END_HEADERS | END_STREAM,
    fields([':path', '/other']),
  ),
  'padding longer than its frame': frame(DATA, PADDED, Buffer.from([200, 1, 2])),
  'bytes behind its end': Buffer.concat([
    frame(DATA, END_STREAM, MESSAGE),
    frame(DATA, END_STREAM, MESSAGE),
  ]),
  'a broken block of headers': frame(HEADERS, END_HEADERS, Buffer.from([0xff, 0xff, 0xff])),
};

describe('gRPC calls that end by an error of HTTP/2', () => {
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

  for (const method of ['Count', 'Store', 'CountBatch']) {
    for (const [what, bytes] of Object.entries(ERRORS)) {
      it(`harm nobody else: ${method}, ${what}`, async () => {
        const sockets: Socket[] = [];
        const length = ['content-length', String(MESSAGE.length)] as [string, string];
        for (const parts of [
          [headersOf(method), bytes],
          [headersOf(method), frame(DATA, 0, MESSAGE), bytes],
          [headersOf(method), frame(DATA, 0, MESSAGE.subarray(0, 3)), bytes],
          [headersOf(method, length), frame(DATA, END_STREAM, MESSAGE.subarray(0, 6)), bytes],
          [headersOf(method, length), frame(DATA, 0, Buffer.concat([MESSAGE, MESSAGE])), bytes],
        ]) {
          for (const isSplit of [false, true]) {
            const socket = connect({ port: es.grpcPort, host: '127.0.0.1' });
            socket.on('error', () => {}).resume();
            await once(socket, 'connect');
            const sent = isSplit ? [PREFACE, ...parts] : [Buffer.concat([PREFACE, ...parts])];
            for (const part of sent) {
              socket.write(part);
              await new Promise(setImmediate);
            }
            sockets.push(socket);
          }
        }
        const rpc = createRpcClient(`127.0.0.1:${es.grpcPort}`);
        expect(await rpc.call('Count', { segment: 'none' })).to.include({ segment: 'none' });
        rpc.close();
        // Node.js leaves a connection open after some errors.
        for (const socket of sockets) socket.destroy();
      });
    }
  }
});
