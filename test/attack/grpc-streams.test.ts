import { once } from 'node:events';
import { connect } from 'node:net';
import { expect } from 'chai';
import {
  END_HEADERS,
  encodeHeaders,
  HEADERS,
  PREFACE,
  SETTINGS,
  toBytes,
} from '../fuzz/http2-frames.js';
import { framed, type Http2Calls, openHttp2 } from '../support/http2-calls.js';
import { until } from '../support/until.js';
import { atScale, show } from './scale.js';
import { type AttackedEs, startAttackedEs } from './service.js';

const MEBIBYTE = 1024 * 1024;
const COUNT = '/segment.v1.EstimationService/Count';
const WATCH = '/grpc.health.v1.Health/Watch';
const A_SEGMENT = framed(Buffer.from([0x0a, 1, 0x61]));

const LONG_CALLS: [path: string, perConnection: number, inAll: number][] = [
  [WATCH, 4, 200],
  ['/grpc.reflection.v1.ServerReflection/ServerReflectionInfo', 2, 50],
  ['/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo', 2, 50],
  ['/segment.v1.EstimationService/StoreStream', 10, 2_000],
];

const RST_STREAM = 3;
const CONTINUATION = 9;

describe('gRPC streams without end', () => {
  let es: AttackedEs;
  const opened: Http2Calls[] = [];
  before(async () => {
    es = await startAttackedEs({ ES_GRPC_CLIENT_TIMEOUT_MS: '1000' });
  });
  after(() => es.close());
  afterEach(async () => {
    for (const { close } of opened.splice(0)) close();
    const { open, close } = await openHttp2(es.grpcPort);
    const call = open(COUNT);
    call.stream.end(A_SEGMENT);
    expect(await call.status).to.equal('0');
    close();
  });

  async function connectHttp2(): Promise<Http2Calls> {
    const connection = await openHttp2(es.grpcPort);
    opened.push(connection);
    return connection;
  }
  /** Opens calls, and resolves to how many of them are not refused. */
  async function openCalls(path: string, connections: number, each: number): Promise<number> {
    const calls: { refused: boolean }[] = [];
    for (let left = connections; left > 0; left -= 1) {
      const { session, open } = await connectHttp2();
      for (let at = 0; at < each; at += 1) {
        const call = { refused: false };
        calls.push(call);
        void open(path).status.then(() => {
          call.refused = true;
        });
      }
      // It comes back after whatever was answered to what was sent before it.
      await new Promise((resolve) => session.ping(resolve));
      await new Promise((resolve) => session.ping(resolve));
    }
    return calls.filter(({ refused }) => !refused).length;
  }

  for (const [path, perConnection, inAll] of LONG_CALLS) {
    const [, method = ''] = /([^./]+\/.*)$/.exec(path) ?? [];

    it(`are ${perConnection} of ${method} on a connection, ${inAll / 4} of an address`, async () => {
      expect(await openCalls(path, 1, 90)).to.equal(perConnection);
      const most = Math.min(inAll / 4, perConnection * 60);
      expect(await openCalls(path, 60, perConnection + 1)).to.be.within(1, most);
    });
  }

  it('cost no memory that stays', async () => {
    const attack = async () => {
      for (let left = atScale(5, 200); left > 0; left -= 1) {
        const { open, close } = await openHttp2(es.grpcPort);
        const refused = Array.from({ length: 90 }, (_, at) => {
          // Each names another service, that there is not.
          const name = Buffer.alloc(10_000, `${left} ${at} `);
          const head = Buffer.from([0x0a, 0x80 | (name.length & 0x7f), name.length >> 7]);
          const { stream, status } = open(WATCH);
          stream.end(framed(Buffer.concat([head, name])));
          return status;
        });
        await Promise.all(refused.slice(4));
        close();
      }
    };
    await attack();
    const before = await es.resident();
    await attack();
    await attack();
    const growth = (await es.resident()) - before;
    show(`RSS grew by ${Math.round(growth / MEBIBYTE)} MiB`);
    expect(growth).to.be.lessThan(50 * MEBIBYTE);
  });

  it('are cut when an answer is not taken', async () => {
    const connection = await connectHttp2();
    connection.session.settings({ initialWindowSize: 0 });
    await once(connection.session, 'localSettings');
    const call = connection.open(COUNT);
    call.stream.end(A_SEGMENT);
    await once(call.stream, 'close');
    expect(await call.status).to.equal('reset 8');
  });

  /** Sends bytes on a connection until the service closes it; resolves to how many they were. */
  async function flood(next: (at: number) => Buffer): Promise<number> {
    const socket = connect(es.grpcPort, '127.0.0.1');
    socket.on('error', () => {}).resume();
    const settings = { type: SETTINGS, flags: 0, stream: 0, payload: Buffer.alloc(0) };
    socket.write(Buffer.concat([PREFACE, toBytes(settings)]));
    let sent = 0;
    for (let at = 0; !socket.destroyed && sent < 200 * MEBIBYTE; at += 1) {
      const bytes = next(at);
      sent += bytes.length;
      if (!socket.write(bytes)) {
        await Promise.race([once(socket, 'drain'), once(socket, 'close')]).catch(() => {});
      }
    }
    socket.destroy();
    return sent;
  }

  const head = encodeHeaders([
    ...([
      [':method', 'POST'],
      [':scheme', 'http'],
      [':path', COUNT],
      ['content-type', 'application/grpc'],
    ] as [string, string][]),
  ]);
  const reset = Buffer.from([0, 0, 0, 8]);
  const floods: Record<string, (at: number) => Buffer> = {
    'headers without end': (at) =>
      at === 0
        ? toBytes({ type: HEADERS, flags: 0, stream: 1, payload: head })
        : toBytes({
            type: CONTINUATION,
            flags: 0,
            stream: 1,
            payload: encodeHeaders([['a', 'x']]),
          }),
    'calls that are reset at once': (at) =>
      Buffer.concat([
        toBytes({ type: HEADERS, flags: END_HEADERS, stream: 2 * at + 1, payload: head }),
        toBytes({ type: RST_STREAM, flags: 0, stream: 2 * at + 1, payload: reset }),
      ]),
  };
  for (const [what, next] of Object.entries(floods)) {
    it(`end the connection when they are ${what}`, async () => {
      const before = await es.resident();
      const sent = await flood(next);
      show(`closed after ${sent} bytes`);
      expect(sent).to.be.lessThan(20 * MEBIBYTE);
      expect((await es.resident()) - before).to.be.lessThan(50 * MEBIBYTE);
    });
  }

  it('hold nothing where they are no calls', async () => {
    const { session } = await connectHttp2();
    const streams = ['text/html', 'application/grpc'].flatMap((type) =>
      Array.from({ length: 200 }, () =>
        session.request({ ':method': 'POST', ':path': '/no/Method', 'content-type': type }),
      ),
    );
    for (const stream of streams) stream.on('error', () => {}).resume();
    await until(async () => streams.every(({ closed }) => closed));
  });
});
