import { expect } from 'chai';
import { Registry } from 'prom-client';
import { startEs } from '../../src/es/service.js';
import { createLogger } from '../../src/telemetry/logger.js';
import { NO_TRACING } from '../../src/telemetry/tracing/tracing.js';
import { createGrpcForwarder } from '../../src/uss/es-client/grpc-forwarder.js';
import { type Authority, createAuthority } from '../support/certificates.js';
import { type RedisServer, startRedisServer } from '../support/redis-server.js';
import { esConfig } from '../support/system.js';
import { until } from '../support/until.js';

const TLS_WITHOUT_FILES = { enabled: true, certFile: '', keyFile: '', caFile: '', serverName: '' };

describe('An ES that is over TLS, or is not, unlike USS', () => {
  let redis: RedisServer;
  let ours: Authority;
  before(async () => {
    ours = createAuthority();
    redis = await startRedisServer();
  });
  after(async () => {
    await redis.close();
    ours.close();
  });

  const trust = () => ({ caFile: ours.caFile });
  const own = () => ours.issue('es');
  for (const [what, es, uss, reason] of [
    ['is not', () => ({}), trust, 'it does not speak TLS: set USS_ES_TLS_ENABLED=false'],
    ['is', own, () => ({ enabled: false }), 'where it speaks TLS, set USS_ES_TLS_ENABLED=true'],
    ['is mutually', () => ({ ...own(), ...trust() }), trust, 'set USS_ES_TLS_CERT_FILE and'],
  ] as const) {
    it(`is missed with what is to be set, again and again: it ${what}`, async () => {
      const grpc = { port: 0, tls: es() };
      const service = await startEs(esConfig(`redis://127.0.0.1:${redis.port}`, { grpc }));
      const forwarder = createGrpcForwarder({
        address: `dns:///localhost:${service.grpcPort}`,
        timeoutMs: 1_000,
        tls: { ...TLS_WITHOUT_FILES, ...uss() },
        logger: createLogger('test', { level: 'silent', format: 'json' }),
        connections: 1,
        token: '',
        now: Date.now,
        registry: new Registry(),
        tracing: NO_TRACING,
      });
      const reported = async () => {
        const error = await forwarder.check().catch((thrown) => thrown);
        return String(error.message);
      };
      try {
        await until(async () => (await reported()).includes(reason));
        for (let times = 0; times < 5; times += 1) expect(await reported()).to.contain(reason);
      } finally {
        await forwarder.close();
        await service.close();
      }
    });
  }
});
