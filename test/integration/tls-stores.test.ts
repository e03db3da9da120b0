import { expect } from 'chai';
import { freePort } from '../../scripts/testbed/free-port.js';
import { type RabbitmqServer, startRabbitmqServer } from '../../scripts/testbed/rabbitmq-server.js';
import { startEs } from '../../src/es/service.js';
import { startUss } from '../../src/uss/service.js';
import { type Authority, type Certificate, createAuthority } from '../support/certificates.js';
import { send } from '../support/http.js';
import { startRedisServer } from '../support/redis-server.js';
import { esConfig, ussConfig } from '../support/system.js';

describe('TLS of what is behind the services', () => {
  let ours: Authority;
  let foreign: Authority;
  let server: Certificate;
  const opened: { close(): unknown }[] = [];
  before(async () => {
    [ours, foreign] = [createAuthority(), createAuthority()];
    server = ours.issue('server');
  });
  after(() => {
    ours.close();
    foreign.close();
  });
  afterEach(async () => {
    for (const one of opened.splice(0).reverse()) await one.close();
  });

  it('of Redis: checks its certificate and shows one', async () => {
    const port = await startTlsRedis();
    const url = `rediss://localhost:${port}`;
    const tls = { caFile: ours.caFile, ...ours.issue('es') };
    const es = await startEs(esConfig(url, { redis: { url, tls } }));
    opened.push(es);
    await es.ready;
    const base = `http://127.0.0.1:${es.httpPort}`;
    const body = { segment: 'rediss', user_id: 'u' };
    expect((await send(base, '/segment', { body })).status).to.equal(202);
    const wrong = [{ ...tls, caFile: foreign.caFile }, { caFile: ours.caFile }];
    for (const bad of wrong) {
      const other = await startEs(esConfig(url, { redis: { url, tls: bad } }));
      opened.push(other);
      const { status } = await send(`http://127.0.0.1:${other.httpPort}`, '/segment', { body });
      expect(status).to.equal(503);
    }
  });

  async function startTlsRedis(): Promise<number> {
    // Beside the port without TLS, which is the test's own.
    const port = await freePort();
    const settings = {
      'tls-port': String(port),
      'tls-cert-file': server.certFile,
      'tls-key-file': server.keyFile,
      'tls-ca-cert-file': ours.caFile,
      'tls-auth-clients': 'yes',
    };
    opened.push(await startRedisServer(settings));
    return port;
  }

  it('of RabbitMQ: checks its certificate and shows one', async () => {
    const broker: RabbitmqServer = await startRabbitmqServer({ ...server, caFile: ours.caFile });
    opened.push(broker);
    const rabbitmq = { url: broker.tlsUrl, tls: { caFile: ours.caFile, ...ours.issue('uss') } };
    const uss = await startUss(ussConfig(1, { transport: 'rabbitmq', rabbitmq }));
    opened.push(uss);
    await uss.ready;
    const body = { segment: 's', user_id: 'u' };
    expect((await send(`http://127.0.0.1:${uss.httpPort}`, '/segment', { body })).status).to.equal(
      202,
    );
    const bad = { ...rabbitmq, tls: { caFile: foreign.caFile } };
    const other = await startUss(ussConfig(1, { transport: 'rabbitmq', rabbitmq: bad }));
    opened.push(other);
    const answer = await send(`http://127.0.0.1:${other.httpPort}`, '/segment', { body });
    expect(answer.status).to.equal(503);
  });
});
