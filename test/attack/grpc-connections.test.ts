import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { PREFACE, readFrames, SETTINGS, toBytes } from '../fuzz/http2-frames.js';
import { type Authority, createAuthority } from '../support/certificates.js';
import { send } from '../support/http.js';
import { framed, openHttp2 } from '../support/http2-calls.js';
import { until } from '../support/until.js';
import { atScale, show } from './scale.js';
import { type AttackedEs, startAttackedEs } from './service.js';

const COUNT = '/segment.v1.EstimationService/Count';
const WATCH = '/grpc.health.v1.Health/Watch';
const A_SEGMENT = framed(Buffer.from([0x0a, 1, 0x61]));

const PING = 6;
const ACK = 1;

/** How long clients may take in these tests, in milliseconds. */
const TIMES = {
  ES_GRPC_CLIENT_TIMEOUT_MS: '500',
  ES_GRPC_IDLE_TIMEOUT_MS: '500',
  ES_GRPC_KEEP_ALIVE_MS: '500',
};

/** Opens connections without a word; resolves to what closes them. */
async function openSilent(port: number, count: number): Promise<Socket[]> {
  const sockets = Array.from({ length: count }, () => connect(port, '127.0.0.1'));
  for (const socket of sockets) socket.on('error', () => {}).resume();
  await Promise.all(sockets.map((socket) => once(socket, 'connect').catch(() => {})));
  return sockets;
}

/** A connection that answers pings, and whose own side stays open. */
function openStubborn(port: number, bytes: Buffer): { socket: Socket; bytes: Buffer } {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => {});
  socket.on('data', (received) => {
    for (const { type, flags, payload } of readFrames(received)) {
      if (type !== PING || flags === ACK) continue;
      socket.write(toBytes({ type: PING, flags: ACK, stream: 0, payload }));
    }
  });
  socket.write(bytes);
  return { socket, bytes };
}

/** Resolves to the status of a call on a connection of its own. */
async function callOnce(port: number): Promise<string> {
  const { open, close } = await openHttp2(port);
  const call = open(COUNT);
  call.stream.end(A_SEGMENT);
  const status = await call.status;
  close();
  return status;
}

describe('gRPC connections that nobody else gets in for', () => {
  describe('of clients that say nothing, half of a ClientHello, or no TLS', () => {
    let es: AttackedEs;
    let authority: Authority;
    before(async () => {
      authority = createAuthority();
      const { certFile, keyFile } = authority.issue('server');
      es = await startAttackedEs({
        ...TIMES,
        ES_GRPC_TLS_CERT_FILE: certFile,
        ES_GRPC_TLS_KEY_FILE: keyFile,
      });
    });
    after(async () => {
      await es.close();
      authority.close();
    });

    const hello = Buffer.concat([
      Buffer.from([22, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3]),
      Buffer.alloc(40),
    ]);
    const beginnings = [Buffer.alloc(0), hello, PREFACE];
    it('are closed, over TLS', async () => {
      const opened = beginnings.map(async (bytes) => {
        const sockets = await openSilent(es.grpcPort, 20);
        for (const socket of sockets) socket.write(bytes);
        await Promise.all(sockets.map((socket) => socket.closed || once(socket, 'close')));
      });
      await Promise.all(opened);
    });
  });

  describe('of clients that say nothing, half of a preface, a preface, pings, or nonsense', () => {
    let es: AttackedEs;
    before(async () => {
      es = await startAttackedEs(TIMES);
    });
    after(() => es.close());

    const settings = toBytes({ type: SETTINGS, flags: 0, stream: 0, payload: Buffer.alloc(0) });
    const settingsAck = toBytes({
      type: SETTINGS,
      flags: ACK,
      stream: 0,
      payload: Buffer.alloc(0),
    });
    const ping = toBytes({ type: PING, flags: 0, stream: 0, payload: Buffer.alloc(8) });
    const hello = Buffer.concat([PREFACE, settings, settingsAck]);
    const beginnings = [
      Buffer.alloc(0),
      PREFACE.subarray(0, 10),
      hello,
      Buffer.concat([hello, ping]),
      Buffer.concat([hello, Buffer.alloc(100, 0xff)]),
    ];
    it('are closed, though the client does not close its side', async () => {
      const before = await es.metric('process_open_fds');
      const opened = beginnings.flatMap((bytes) =>
        Array.from({ length: 20 }, () => openStubborn(es.grpcPort, bytes)),
      );
      const pinging = setInterval(() => {
        for (const { socket, bytes } of opened) if (bytes.includes(ping)) socket.write(ping);
      }, 100);
      await Promise.all(opened.map(({ socket }) => once(socket, 'end').catch(() => {})));
      await until(async () => (await es.metric('process_open_fds')) <= before);
      clearInterval(pinging);
      for (const { socket } of opened) socket.destroy();
    });
  });

  it('are as many as there may be, and the one idle for longest makes room', async () => {
    const [most, perAddress] = [40, 20];
    const es = await startAttackedEs({
      ES_GRPC_MAX_CONNECTIONS: String(most),
      ES_GRPC_MAX_CONNECTIONS_PER_ADDRESS: String(perAddress),
    });
    const before = await es.metric('process_open_fds');
    const busy = await openHttp2(es.grpcPort);
    const watch = busy.open(WATCH);
    watch.stream.end(framed(Buffer.alloc(0)));
    await once(watch.stream, 'data');
    const sockets = await openSilent(es.grpcPort, atScale(200, 5_000));
    // Some of them reach ES later than they were opened, and may take the place of one that has not called yet.
    await until(async () => (await callOnce(es.grpcPort)) === '0');
    const held = (await es.metric('process_open_fds')) - before;
    show(`${sockets.length} connections, ${held} of them held`);
    expect(held).to.be.at.most(perAddress);
    expect(watch.stream.closed).to.equal(false);
    for (const socket of sockets) socket.destroy();
    busy.close();
    await es.close();
  });

  it('leave REST its descriptors where there are few, and the log says so', async () => {
    const es = await startAttackedEs({}, 'ulimit -n 300');
    expect(es.process.output()).to.contain('ES_GRPC_MAX_CONNECTIONS=');
    const sockets = await openSilent(es.grpcPort, atScale(500, 2_000));
    expect((await send(es.base, '/healthz')).status).to.equal(200);
    expect(await callOnce(es.grpcPort)).to.equal('0');
    for (const socket of sockets) socket.destroy();
    await es.close();
  });
});
