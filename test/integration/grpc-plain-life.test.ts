import { once } from 'node:events';
import { createServer, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { Registry } from 'prom-client';
import type { Caller } from '../../src/auth/caller.js';
import { FollowedCall } from '../../src/es/grpc/connection-call.js';
import { UNFOLLOWED } from '../../src/es/grpc/grpc-internals.js';
import { createCallMetrics } from '../../src/es/grpc/metrics.js';
import { createPlainCalls, type PlainCall } from '../../src/es/grpc/plain-calls.js';
import { createPlainMethods } from '../../src/es/grpc/plain-methods.js';
import { createPeers } from '../../src/es/grpc/plain-peers.js';
import { type ClientWaits, createClientWaits } from '../../src/es/grpc/slow-clients.js';
import { openTwoWays } from '../../src/es/grpc/ways-in.js';
import { CountRequest, EstimationServiceService } from '../../src/generated/segment.js';
import { createHeldBytes } from '../../src/limits/held-bytes.js';
import * as h2 from '../fuzz/http2-frames.js';
import { arrayGrowth } from '../support/heap-growth.js';
import { framed, type Http2Calls, openHttp2 } from '../support/http2-calls.js';
import { openRaw } from '../support/raw.js';
import { until } from '../support/until.js';

const { count } = EstimationServiceService;
const LIMITED = '8';
const DEADLINE = '4';
const OK = '0';
const CANCEL = 8;

const message = (segment: string) =>
  framed(CountRequest.encode({ segment, days: undefined }).finish());

const HEADS = h2.encodeHeaders([
  [':method', 'POST'],
  [':scheme', 'http'],
  [':path', count.path],
  [':authority', 'a'],
  ['content-type', 'application/grpc'],
]);

/** A call, and 64 KiB of frames of no known type behind it, which HTTP/2 ignores. */
function paddedCall(stream: number): Buffer {
  const padding = { type: 0xfa, flags: 0, stream: 0, payload: Buffer.alloc(16_000) };
  const all = [
    { type: h2.HEADERS, flags: h2.END_HEADERS, stream, payload: HEADS },
    { type: h2.DATA, flags: h2.END_STREAM, stream, payload: message('sport') },
    ...Array.from({ length: 4 }, () => padding),
  ];
  return Buffer.concat(all.map(h2.toBytes));
}

describe('A plain call', () => {
  let server: Http2Server;
  let connection: Http2Calls;
  let waits: ClientWaits;
  let use: { calls: number; working: number; idleSinceMs: number; heardMs: number };
  let limited: string[];
  let calls: PlainCall[];
  let registry: Registry;
  /** What the next calls wait for: to be admitted, and for their answer. */
  let admission: Promise<void> | undefined;
  let answer: Promise<number>;
  let asked: Promise<Caller | undefined>;
  let onAsked: (caller: Caller | undefined) => void;

  beforeEach(async () => {
    use = { calls: 0, working: 0, idleSinceMs: 0, heardMs: 0 };
    limited = [];
    calls = [];
    admission = undefined;
    answer = Promise.resolve(1);
    asked = new Promise((resolve) => {
      onAsked = resolve;
    });
    waits = createClientWaits(50);
    registry = new Registry();
    const plain = createPlainMethods({
      admit: () => admission,
      requestLog: { failed() {}, answered() {}, isSampled: () => false },
      metrics: createCallMetrics(registry),
      maxBytesOf: () => 1_000,
      waits,
      held: createHeldBytes(95),
      clientOf: () => 'a client',
      onLimited: (limit) => limited.push(limit),
      connections: { callBegan: () => new FollowedCall(use, () => {}) },
      peerOf: createPeers(() => UNFOLLOWED),
    });
    const [path, method] = plain(count, async ({ segment }, { caller }) => {
      onAsked(caller);
      return { segment, userCount: await answer, failure: undefined };
    });
    server = createServer();
    const noted = {
      ...method,
      answer(call: PlainCall) {
        calls.push(call);
        method.answer(call);
      },
    };
    openTwoWays(server, createPlainCalls(new Map([[path, noted]])));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    connection = await openHttp2((server.address() as AddressInfo).port);
  });
  afterEach(() => {
    connection.close();
    server.close();
    waits.stop();
  });

  const call = (segment: string, headers = {}) => {
    const opened = connection.open(count.path, headers);
    opened.stream.resume().end(message(segment));
    return opened;
  };
  const handled = async () => {
    const metric = await registry.getSingleMetric('segmentation_grpc_server_handled_total')?.get();
    return metric?.values.map(({ labels, value }) => `${labels.method} ${labels.code} ${value}`);
  };

  it('is worked on until it is answered', async () => {
    let answerWith = (_users: number) => {};
    answer = new Promise((resolve) => {
      answerWith = resolve;
    });
    const { stream, status } = call('sport');
    await asked;
    expect(use).to.include({ calls: 1, working: 1 });
    answerWith(1);
    expect(await status).to.equal(OK);
    if (!stream.closed) await once(stream, 'close');
    expect(use).to.include({ calls: 0, working: 0 });
    expect(await handled()).to.deep.equal(['Count OK 1']);
  });

  it('ends when its time runs out, and nobody waits for it any more', async () => {
    answer = new Promise(() => {});
    const { status } = call('sport', { 'grpc-timeout': '20m' });
    const caller = await asked;
    expect(caller?.isGone()).to.equal(false);
    expect(await status).to.equal(DEADLINE);
    expect(caller?.isGone()).to.equal(true);
  });

  it('keeps nothing of what was read with its message while it waits for its answer', async () => {
    answer = new Promise(() => {});
    const { socket, send, close } = await openRaw((server.address() as AddressInfo).port);
    const payload = Buffer.alloc(0);
    send(
      Buffer.concat([h2.PREFACE, h2.toBytes({ type: h2.SETTINGS, flags: 0, stream: 0, payload })]),
    );
    await once(socket, 'data');
    const growth = await arrayGrowth(async () => {
      for (let index = 0; index < 100; index += 1) {
        send(paddedCall(2 * index + 1));
        await until(async () => calls.length > index);
      }
    });
    expect(growth / calls.length).to.be.below(10_000);
    expect(calls.map((one) => one.message.length)).to.deep.equal(calls.map(() => 0));
    close();
  });

  it('is over when its client has gone', async () => {
    answer = new Promise(() => {});
    const { stream, status } = call('sport');
    const caller = await asked;
    stream.close(CANCEL);
    await status;
    answer = Promise.resolve(1);
    // What the client sends next is read after its reset.
    expect(await call('next').status).to.equal(OK);
    expect(caller?.isGone()).to.equal(true);
    expect(await handled()).to.include('Count CANCELLED 1');
  });

  it('is cut off if its client does not take the answer', async () => {
    connection.session.settings({ initialWindowSize: 0 });
    await once(connection.session, 'localSettings');
    const { stream } = call('sport');
    await once(stream, 'close');
    expect(stream.rstCode).to.equal(CANCEL);
    expect(limited).to.deep.equal(['answer']);
  });

  it('keeps few bytes while its credential is verified', async () => {
    let admit = () => {};
    admission = new Promise((resolve) => {
      admit = resolve;
    });
    const small = call('small');
    const large = call('x'.repeat(90));
    expect(await large.status).to.equal(LIMITED);
    expect(limited).to.deep.equal(['held-bytes']);
    admit();
    expect(await small.status).to.equal(OK);
  });
});
