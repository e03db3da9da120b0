import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { connect, type PeerCertificate } from 'node:tls';
import { expect } from 'chai';
import { startEs } from '../../src/es/service.js';
import { StartError } from '../../src/process/lifecycle.js';
import { startUss } from '../../src/uss/service.js';
import { type Authority, type Certificate, createAuthority } from '../support/certificates.js';
import { countOf, send } from '../support/http.js';
import { esConfig, startRedis, type TestRedis, ussConfig } from '../support/system.js';
import { until } from '../support/until.js';

describe('TLS', () => {
  let ours: Authority;
  let foreign: Authority;
  let server: Certificate;
  let redis: TestRedis;
  const opened: { close(): unknown }[] = [];
  before(async () => {
    [ours, foreign] = [createAuthority(), createAuthority()];
    server = ours.issue('server');
    redis = await startRedis();
  });
  after(async () => {
    await redis.close();
    ours.close();
    foreign.close();
  });
  afterEach(async () => {
    for (const one of opened.splice(0).reverse()) await one.close();
  });

  async function startEsWith(config: object) {
    const es = await startEs(esConfig(redis.url, config));
    opened.push(es);
    await es.ready;
    return es;
  }

  /** Starts a USS; resolves to what it says of ES by its readiness, once it is as expected. */
  async function startUssWith(grpcPort: number, tls: object) {
    const address = `dns:///localhost:${grpcPort}`;
    const uss = await startUss(
      ussConfig(0, { es: { address, timeoutMs: 1_000, tls: { enabled: true, ...tls } } }),
    );
    opened.push(uss);
    return { uss, base: `http://127.0.0.1:${uss.httpPort}` };
  }

  describe('of REST', () => {
    async function get(port: number, path: string, more: object = {}) {
      const client = request({ port, path, ca: readFileSync(ours.caFile), agent: false, ...more });
      client.end('body' in more ? String(more.body) : '');
      const [response] = await once(client, 'response');
      let text = '';
      for await (const part of response) text += part;
      return { status: response.statusCode, text };
    }

    it('serves hot and cold routes alike, in all forms of a request', async () => {
      const es = await startEsWith({ http: { port: 0, tls: server } });
      const json = { method: 'POST', headers: { 'content-type': 'application/json' } };
      const body = JSON.stringify({ segment: 'tls', user_id: 'u' });
      expect((await get(es.httpPort, '/segment', { ...json, body })).status).to.equal(202);
      const list = { ...json, body: `[${body}]` };
      expect((await get(es.httpPort, '/segments', list)).status).to.equal(202);
      const count = await get(es.httpPort, '/segment/tls');
      expect(JSON.parse(count.text)).to.deep.equal({ segment: 'tls', user_count: 1 });
      expect((await get(es.httpPort, '/swagger/index.html')).status).to.equal(200);
    });

    it('shows a new certificate without a restart, and passes over one it cannot use', async () => {
      const certificate = ours.issue('renewed');
      const es = await startEsWith({ http: { port: 0, tls: certificate } });
      const shown = async (): Promise<string> => {
        const socket = connect({ port: es.httpPort, ca: readFileSync(ours.caFile) });
        await once(socket, 'secureConnect');
        const { serialNumber } = socket.getPeerCertificate() as PeerCertificate;
        socket.destroy();
        return serialNumber;
      };
      const first = await shown();
      ours.issue('renewed');
      await until(async () => (await shown()) !== first);
    });

    it('ends the start with one line when a certificate cannot be used', async () => {
      const bad = { certFile: ours.caFile, keyFile: server.keyFile };
      const failures = [{ certFile: server.certFile }, bad, { ...server, certFile: '/nowhere' }];
      for (const tls of failures) {
        const error = await startEs(esConfig(redis.url, { http: { port: 0, tls } })).catch(
          (e) => e,
        );
        expect(error).to.be.instanceOf(StartError);
        expect(error.message).to.match(/^cannot use the certificates: /);
      }
    });
  });

  describe('of gRPC', () => {
    it('carries stores and counts from USS', async () => {
      const es = await startEsWith({ grpc: { port: 0, tls: server } });
      const { uss, base } = await startUssWith(es.grpcPort, { caFile: ours.caFile });
      await uss.ready;
      const body = { segment: 'grpc', user_id: 'u' };
      expect((await send(base, '/segment', { body })).status).to.equal(202);
      expect(await countOf(base, 'grpc')).to.equal(1);
    });

    it('is refused by USS when the certificate is of another authority or name', async () => {
      const es = await startEsWith({ grpc: { port: 0, tls: server } });
      const refusing = [{ caFile: foreign.caFile }, { caFile: ours.caFile, serverName: 'another' }];
      for (const tls of refusing) {
        const { base } = await startUssWith(es.grpcPort, tls);
        const body = { segment: 's', user_id: 'u' };
        expect((await send(base, '/segment', { body })).status).to.be.oneOf([503, 504]);
      }
    });

    it('lets in clients with a certificate alone, and only those that are named', async () => {
      const mutual = { ...server, caFile: ours.caFile, allowedClients: 'uss, another' };
      const es = await startEsWith({ grpc: { port: 0, tls: mutual } });
      const { uss, base } = await startUssWith(es.grpcPort, {
        caFile: ours.caFile,
        ...ours.issue('uss'),
      });
      await uss.ready;
      const body = { segment: 'mutual', user_id: 'u' };
      expect((await send(base, '/segment', { body })).status).to.equal(202);

      const refused = {
        'no certificate': {},
        'one of another authority': foreign.issue('uss'),
        'one that has expired': ours.issue('expired', -1),
        'one of another client': ours.issue('stranger'),
      };
      for (const [what, certificate] of Object.entries(refused)) {
        const stranger = await startUssWith(es.grpcPort, { caFile: ours.caFile, ...certificate });
        const { status } = await send(stranger.base, '/segment', { body });
        expect(status, what).to.be.oneOf([500, 503, 504]);
      }
      expect(await countOf(base, 'mutual')).to.equal(1);
    });

    it('shows a new certificate to new connections without a restart', async () => {
      const certificate = ours.issue('grpc-renewed');
      const es = await startEsWith({ grpc: { port: 0, tls: certificate } });
      const shown = async (): Promise<string> => {
        const ca = readFileSync(ours.caFile);
        const socket = connect({ port: es.grpcPort, ca, ALPNProtocols: ['h2'] });
        await once(socket, 'secureConnect');
        const { serialNumber } = socket.getPeerCertificate() as PeerCertificate;
        socket.destroy();
        return serialNumber;
      };
      const first = await shown();
      ours.issue('grpc-renewed');
      await until(async () => (await shown()) !== first);
    });
  });
});
