import { once } from 'node:events';
import { createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { createPlainCalls } from '../../src/es/grpc/plain-calls.js';
import { openTwoWays } from '../../src/es/grpc/ways-in.js';
import { framed, type Http2Call, type Http2Calls, openHttp2 } from '../support/http2-calls.js';

const PATH = '/a.B/Method';
const MESSAGE = framed(Buffer.from('abc'));

interface Sent {
  path?: string;
  headers?: Record<string, string>;
  send: (call: Http2Call) => void;
  way: 'short' | 'grpc-js';
  /** What the way reads. */
  reads?: Buffer;
}

const atOnce: Sent['send'] = ({ stream }) => stream.end(MESSAGE);

const CALLS: Record<string, Sent> = {
  'a message at once': { send: atOnce, way: 'short', reads: Buffer.from('abc') },
  'an empty message': {
    send: ({ stream }) => stream.end(framed(Buffer.alloc(0))),
    way: 'short',
    reads: Buffer.alloc(0),
  },
  'another method': { path: '/a.B/Other', send: atOnce, way: 'grpc-js' },
  'another content type': {
    headers: { 'content-type': 'application/grpc+json' },
    send: atOnce,
    way: 'grpc-js',
  },
  'a time that is none': { headers: { 'grpc-timeout': 'x' }, send: atOnce, way: 'grpc-js' },
  'a time that no timer can wait': {
    headers: { 'grpc-timeout': '99999999H' },
    send: atOnce,
    way: 'grpc-js',
  },
  'another method of HTTP': { headers: { ':method': 'PUT' }, send: atOnce, way: 'grpc-js' },
  'a value that metadata may not have': {
    headers: { authorization: 'é' },
    send: atOnce,
    way: 'grpc-js',
  },
  'headers alone': { send: ({ stream }) => stream.end(), way: 'grpc-js', reads: Buffer.alloc(0) },
  'a message later': {
    send: ({ stream }) => setImmediate(() => setImmediate(() => stream.end(MESSAGE))),
    way: 'grpc-js',
  },
  'a message whose end comes later': {
    send({ stream }) {
      stream.write(MESSAGE);
      setImmediate(() => setImmediate(() => stream.end()));
    },
    way: 'grpc-js',
  },
  'a message in pieces': {
    send({ stream }) {
      stream.write(MESSAGE.subarray(0, 6));
      stream.end(MESSAGE.subarray(6));
    },
    way: 'grpc-js',
  },
  'two messages': {
    send: ({ stream }) => stream.end(Buffer.concat([MESSAGE, MESSAGE])),
    way: 'grpc-js',
    reads: Buffer.concat([MESSAGE, MESSAGE]),
  },
  'a message that is too large': {
    send: ({ stream }) => stream.end(framed(Buffer.alloc(11))),
    way: 'grpc-js',
    reads: framed(Buffer.alloc(11)),
  },
  'a compressed message': {
    send: ({ stream }) => stream.end(framed(Buffer.from('abc'), { compressed: true })),
    way: 'grpc-js',
    reads: framed(Buffer.from('abc'), { compressed: true }),
  },
};

describe('A call', () => {
  let server: Http2Server;
  let connection: Http2Calls;
  let took: { way: string; bytes: Promise<Buffer> }[];
  before(async () => {
    server = createServer();
    server.on('stream', (stream) => {
      stream.on('error', () => {});
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      // As grpc-js does: the stream was paused.
      stream.resume();
      const bytes = once(stream, 'end').then(() => Buffer.concat(chunks));
      took.push({ way: 'grpc-js', bytes });
      bytes.then(() => stream.respond({ 'grpc-status': 0 }, { endStream: true })).catch(() => {});
    });
    const method = {
      maxBytes: 10,
      answer({ stream, message }: { stream: ServerHttp2Stream; message: Buffer }) {
        took.push({ way: 'short', bytes: Promise.resolve(Buffer.from(message)) });
        stream.respond({ 'grpc-status': 0 }, { endStream: true });
      },
      gone() {},
    };
    openTwoWays(server, createPlainCalls(new Map([[PATH, method]])));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    connection = await openHttp2((server.address() as AddressInfo).port);
  });
  beforeEach(() => {
    took = [];
  });
  after(() => {
    connection.close();
    server.close();
  });

  for (const [what, { path = PATH, headers, send, way, reads = MESSAGE }] of Object.entries(
    CALLS,
  )) {
    it(`takes the way of ${way}: ${what}`, async () => {
      const call = connection.open(path, headers);
      call.stream.resume();
      send(call);
      expect(await call.status).to.equal('0');
      expect(took.map((one) => one.way)).to.deep.equal([way]);
      expect(await took[0]?.bytes).to.deep.equal(reads);
    });
  }
});
