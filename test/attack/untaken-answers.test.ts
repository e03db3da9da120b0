import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { expect } from 'chai';
import { type Authority, createAuthority } from '../support/certificates.js';
import { type Running, startNode } from '../support/process.js';
import { rawRequest } from '../support/raw.js';
import { until } from '../support/until.js';
import { ask } from './held.js';
import { atScale, show } from './scale.js';

const MIB = 1024 * 1024;
const CLIENTS = atScale(150, 1_000);

/** What a process may hold of answers that are not taken. */
const MAX_BYTES = 64 * MIB;

const LARGE = '/swagger/swagger-ui-bundle.js';

describe('Clients that ask for large answers and read nothing', function () {
  this.timeout(atScale(60_000, 600_000));
  let authority: Authority;
  let es: Running;
  let clients: Socket[] = [];
  before(() => {
    authority = createAuthority();
  });
  after(() => authority.close());
  afterEach(async () => {
    for (const client of clients) client.destroy();
    clients = [];
    await es.kill();
  });

  /** Starts ES; what is asked here needs no Redis. */
  async function start(isTls: boolean): Promise<string> {
    const { certFile, keyFile } = authority.issue('server');
    es = startNode('dist/es/main.js', {
      ES_REDIS_URL: 'unix:///nowhere/redis.sock',
      ES_HTTP_PORT: '0',
      ES_GRPC_PORT: '0',
      ...(isTls && { ES_HTTP_TLS_CERT_FILE: certFile, ES_HTTP_TLS_KEY_FILE: keyFile }),
    });
    const [, port] = await es.printed(/REST on [^"]*?:(\d+)/);
    return `${isTls ? 'https' : 'http'}://127.0.0.1:${port}`;
  }

  async function open(base: string): Promise<Socket> {
    const { port, protocol } = new URL(base);
    const isTls = protocol === 'https:';
    const socket = isTls
      ? connectTls({ port: Number(port), host: '127.0.0.1', rejectUnauthorized: false })
      : connect(Number(port), '127.0.0.1');
    socket.on('error', () => {});
    clients.push(socket);
    await once(socket, isTls ? 'secureConnect' : 'connect');
    return socket;
  }

  const metricsOf = async (base: string) => {
    const { text } = await ask(base, '/metrics');
    const lines = text.split('\n');
    const metric = (name: string, label = '') =>
      Number(
        lines
          .find((line) => line.startsWith(name) && line.includes(label))
          ?.split(' ')
          .at(-1),
      );
    return {
      resident: metric('process_resident_memory_bytes'),
      closed: metric('segmentation_http_connections_closed_total{reason="untaken"}'),
      answered: metric('segmentation_http_request_duration_seconds_count{', LARGE),
    };
  };

  for (const isTls of [false, true]) {
    it(`are cut, and hold no more than a budget in all, over ${isTls ? 'HTTPS' : 'HTTP'}`, async () => {
      const base = await start(isTls);
      const before = await metricsOf(base);
      const requests = Buffer.concat(Array(16).fill(rawRequest(`GET ${LARGE}`, {})));
      while (clients.length < CLIENTS) {
        const some = Array.from({ length: 50 }, () => open(base));
        for (const client of await Promise.all(some)) client.pause().write(requests);
      }
      // Each has an answer at least.
      await until(async () => (await metricsOf(base)).answered >= CLIENTS);
      const { resident, closed, answered } = await metricsOf(base);
      const grown = resident - before.resident;
      show(
        `${CLIENTS} clients, ${answered} answers: ${Math.round(grown / MIB)} MiB more, ${closed} cut`,
      );
      expect(grown).to.be.lessThan(3 * MAX_BYTES);
      expect(closed).to.be.greaterThan(0);
      // Who reads is answered beside them.
      const { status, text } = await ask(base, LARGE);
      expect(status).to.equal(200);
      expect(text.length).to.be.greaterThan(MIB);
    });
  }
});
