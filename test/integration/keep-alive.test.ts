import { once } from 'node:events';
import { type AddressInfo, Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { expect } from 'chai';
import { type Es, startEs } from '../../src/es/service.js';
import { type Authority, type Certificate, createAuthority } from '../support/certificates.js';
import { rawRequest } from '../support/raw.js';
import { esConfig, startRedis, type TestRedis } from '../support/system.js';
import { until } from '../support/until.js';

/** How much longer a connection is there than its client is told, at least, in milliseconds. */
const BUFFER_MS = 1_000;

/** What reads the request, and a request that it reads. */
const PATHS = {
  'the fast path': rawRequest('GET /segment/sport', {}),
  'the lean listener': rawRequest('GET /segment/sport', { TE: 'trailers' }),
  Express: rawRequest('GET /openapi.json', {}),
};

describe('A connection between requests', () => {
  let redis: TestRedis;
  let authority: Authority;
  let certificate: Certificate;
  const setTimeoutOf = Socket.prototype.setTimeout;
  /** The silence that a socket is closed for, by its two ports. */
  const silences = new Map<string, number>();
  before(async () => {
    redis = await startRedis();
    authority = createAuthority();
    certificate = authority.issue('server');
    Socket.prototype.setTimeout = function (this: Socket, ms: number, ...more) {
      silences.set(`${this.localPort} ${this.remotePort}`, ms);
      return setTimeoutOf.call(this, ms, ...more);
    };
  });
  after(async () => {
    Socket.prototype.setTimeout = setTimeoutOf;
    authority.close();
    await redis.close();
  });

  /** Sends a request. @returns what the client is told, and how long the service keeps the connection, in milliseconds */
  async function ask(es: Es, isTls: boolean, bytes: Buffer) {
    const socket = isTls
      ? connectTls({ port: es.httpPort, rejectUnauthorized: false })
      : new Socket().connect(es.httpPort, '127.0.0.1');
    await once(socket, isTls ? 'secureConnect' : 'connect');
    const { port } = socket.address() as AddressInfo;
    const silence = () => silences.get(`${es.httpPort} ${port}`) ?? 0;
    socket.write(bytes);
    const [part] = await once(socket, 'data');
    const seconds = /\r\nkeep-alive: timeout=(\d+)\r\n/i.exec(String(part))?.[1];
    // That of a request is 60 s, until node:http has seen its answer out.
    await until(async () => silence() > 0 && silence() !== 60_000);
    socket.destroy();
    return { reported: Number(seconds) * 1_000, kept: silence() };
  }

  for (const isTls of [false, true]) {
    for (const keepAliveTimeoutMs of [1, 999, 1_000, 1_001, 5_000, 61_500]) {
      it(`is there longer than clients are told, ${keepAliveTimeoutMs} ms of HTTP${isTls ? 'S' : ''}`, async () => {
        const http = { port: 0, keepAliveTimeoutMs, ...(isTls && { tls: certificate }) };
        const es = await startEs(esConfig(redis.url, { http }));
        await es.ready;
        for (const [path, bytes] of Object.entries(PATHS)) {
          const { reported, kept } = await ask(es, isTls, bytes);
          expect(reported, path).to.equal(Math.floor(keepAliveTimeoutMs / 1_000) * 1_000);
          expect(kept, path).to.equal(keepAliveTimeoutMs + BUFFER_MS);
        }
        await es.close();
      });
    }
  }
});
