import { once } from 'node:events';
import { createServer, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { Registry } from 'prom-client';
import type { Caller } from '../../src/auth/caller.js';
import { FollowedCall } from '../../src/es/grpc/connection-call.js';
import { createCallMetrics } from '../../src/es/grpc/metrics.js';
import { createPlainCalls } from '../../src/es/grpc/plain-calls.js';
import { createPlainMethods } from '../../src/es/grpc/plain-methods.js';
import { type ClientWaits, createClientWaits } from '../../src/es/grpc/slow-clients.js';
import { openTwoWays } from '../../src/es/grpc/ways-in.js';
import { CountRequest, EstimationServiceService } from '../../src/generated/segment.js';
import { createHeldBytes } from '../../src/limits/held-bytes.js';
import { framed, type Http2Calls, openHttp2 } from '../support/http2-calls.js';

const { count } = EstimationServiceService;
const LIMITED = '8';
const DEADLINE = '4';
const OK = '0';
const INTERNAL_ERROR = 2;
const CANCEL = 8;

const message = (segment: string) =>
  framed(CountRequest.encode({ segment, days: undefined }).finish());

describe('A plain call', () => {
  let server: Http2Server;
  let connection: Http2Calls;
  let waits: ClientWaits;
  let use: { calls: number; working: number; idleSinceMs: number; heardMs: number };
  let limited: string[];
  let registry: Registry;
  /** What the next calls wait for: to be admitted, and for their answer. */
  let admission: Promise<void> | undefined;
  let answer: Promise<number>;
  let asked: Promise<Caller | undefined>;
  let onAsked: (caller: Caller | undefined) => void;

  beforeEach(async () => {
    use = { calls: 0, working: 0, idleSinceMs: 0, heardMs: 0 };
    limited = [];
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
      noteStream() {},
    });
    const method = plain(count, async ({ segment }, { caller }) => {
      onAsked(caller);
      return { segment, userCount: await answer, failure: undefined };
    });
    server = createServer();
    openTwoWays(server, createPlainCalls(new Map([method])));
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

  for (const code of [INTERNAL_ERROR, CANCEL]) {
    it(`is over when its client resets it by ${code}, before its request has come or after`, async () => {
      answer = new Promise(() => {});
      const early = connection.open(count.path);
      early.stream.close(code);
      await early.status;
      const late = call('sport');
      const caller = await asked;
      late.stream.close(code);
      await late.status;
      answer = Promise.resolve(1);
      expect(await call('next').status).to.equal(OK);
      expect(caller?.isGone()).to.equal(true);
    });
  }

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
