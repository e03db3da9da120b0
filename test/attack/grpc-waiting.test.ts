import { once } from 'node:events';
import { Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js';
import { expect } from 'chai';
import { Counter, Registry } from 'prom-client';
import { type CallLimits, createCallLimits } from '../../src/es/grpc/call-limits.js';
import { UNKNOWN_CALL } from '../../src/es/grpc/connection-call.js';
import { type CallInsides, insidesOf } from '../../src/es/grpc/grpc-internals.js';
import { EstimationServiceService, StoreStreamRequest } from '../../src/generated/segment.js';
import { framed, type Http2Calls, openHttp2 } from '../support/http2-calls.js';
import { until } from '../support/until.js';

type Call = ServerDuplexStream<unknown, unknown>;

const PATH = EstimationServiceService.storeStream.path;

const message = framed(
  StoreStreamRequest.encode({
    sequence: 1,
    batch: { memberships: [], packed: undefined, traceparent: 'x'.repeat(500) },
  }).finish(),
);

/** More messages than grpc-js hands to a handler that has asked for one, and of one frame, as no other is read then. */
const MESSAGES = Buffer.concat(Array(30).fill(message));

const MAX_HELD_BYTES = MESSAGES.length + 6_000;

/** How a call comes to its status while its answers wait. */
const ENDINGS: Record<string, { timeout?: string; end(client: Http2Calls): void }> = {
  'its time is over': { timeout: '300m', end() {} },
  'too much is held for all': {
    end({ open }) {
      open(PATH).stream.write(framed(Buffer.alloc(12_000), { length: 12_100 }));
    },
  },
};

describe('gRPC messages that wait for a handler, of a call whose answers are not taken', () => {
  let limits: CallLimits;
  let server: Server;
  let client: Http2Calls;
  let calls: CallInsides[];
  let takesOne: boolean;
  let taken: number;

  beforeEach(async () => {
    calls = [];
    takesOne = true;
    taken = 0;
    const refused = new Counter({
      registers: [new Registry()],
      name: 'n',
      help: 'h',
      labelNames: ['limit'],
    });
    const connections = { addressOf: () => undefined, callBegan: () => UNKNOWN_CALL };
    // Longer than any test takes: what is let go is not let go because of that.
    const options = {
      maxMessageBytes: 2 ** 20,
      maxHeldBytes: MAX_HELD_BYTES,
      clientTimeoutMs: 600_000,
    };
    limits = createCallLimits(options, connections, refused, () => 'a client');
    server = new Server({
      interceptors: [
        (method, made) => {
          calls.push(insidesOf(made));
          return limits.interceptor(method, made);
        },
      ],
    });
    server.addService(EstimationServiceService, {
      storeStream(call: Call) {
        call.on('error', () => {});
        call.on('data', () => {
          taken += 1;
          if (takesOne) call.pause();
          call.write({ sequence: 1, result: undefined });
        });
      },
    });
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
    client = await openHttp2(port);
    client.session.settings({ initialWindowSize: 0 });
    await once(client.session, 'localSettings');
  });
  afterEach(() => {
    client.close();
    server.forceShutdown();
    limits.stop();
  });

  for (const [when, { timeout, end }] of Object.entries(ENDINGS)) {
    it(`are let go when ${when}`, async () => {
      const headers: Record<string, string> = timeout ? { 'grpc-timeout': timeout } : {};
      const { stream } = client.open(PATH, headers);
      stream.write(MESSAGES);
      await until(async () => (calls[0]?.readQueue.length ?? 0) > 0);
      const [call] = calls;
      end(client);
      await until(async () => call?.readQueue.length === 0);
      expect(call?.stream.closed).to.equal(false);
    });
  }

  it('are let go, and reach no handler, where they come after the status', async () => {
    takesOne = false;
    const { stream } = client.open(PATH, { 'grpc-timeout': '300m' });
    stream.write(message);
    await until(async () => taken === 1 && calls[0]?.stream.writableEnded === true);
    stream.write(MESSAGES);
    // The second comes back after all of that has been read.
    for (let times = 0; times < 2; times += 1) {
      await new Promise((resolve) => client.session.ping(resolve));
    }
    expect([taken, calls[0]?.readQueue.length, calls[0]?.stream.closed]).to.deep.equal([
      1,
      0,
      false,
    ]);
  });
});
