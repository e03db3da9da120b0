import { expect } from 'chai';
import { esRemarks, loadEsConfig } from '../../src/es/config.js';
import { StartError } from '../../src/process/lifecycle.js';
import { loadUssConfig, ussRemarks } from '../../src/uss/config.js';
import { makeApiKey } from '../support/api-key.js';

const API_KEYS = JSON.stringify([makeApiKey('importer', 'segments:write').entry]);
const SECRET = 'x'.repeat(32);
const JWT = { JWT_ISSUER: 'i', JWT_AUDIENCE: 'a', JWT_SECRET: SECRET };

/** What is said of some variables: why the service does not start, or what it warns of. */
function saidOf(variables: Record<string, string>): { refused?: string; warned?: string[] } {
  const environment = process.env;
  process.env = { ...environment, ...variables };
  try {
    const ofUss = Object.keys(variables).some((name) => name.startsWith('USS_'));
    const remarks = ofUss ? ussRemarks(loadUssConfig()) : esRemarks(loadEsConfig());
    return { warned: remarks.map(({ level, text }) => `${level}: ${text}`) };
  } catch (error) {
    expect(error).to.be.instanceOf(StartError);
    return { refused: (error as Error).message };
  } finally {
    process.env = environment;
  }
}

const prefixed = (prefix: string, variables: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [`${prefix}_${name}`, value]),
  );

describe('Settings that have no effect', () => {
  for (const prefix of ['ES', 'USS']) {
    for (const [variables, remedy] of [
      [{ AUTH_API_KEYS: API_KEYS }, 'api-key, or both'],
      [{ JWT_ISSUER: 'i' }, 'jwt, or both'],
      [{ JWT_JWKS_URL: 'https://login.example/jwks.json' }, 'jwt, or both'],
      [{ JWT_SECRET: SECRET }, 'jwt, or both'],
      [{ JWT_LEEWAY_MS: '0' }, 'jwt, or both'],
      [{ AUTH_METRICS: 'open' }, 'api-key, jwt or both'],
      [{ AUTH_DOCS: 'segments:admin' }, 'api-key, jwt or both'],
    ] as const) {
      const [[name = '', value = ''] = []] = Object.entries(variables);
      it(`refuses ${prefix}_${name} without authentication`, () => {
        const { refused } = saidOf(prefixed(prefix, variables));
        expect(refused).to.match(
          new RegExp(
            `${prefix}_${name} \\(\\S+\\) protects nothing while ${prefix}_AUTH_MODE is none`,
          ),
        );
        expect(refused).to.contain(`set ${prefix}_AUTH_MODE=${remedy}`);
        if (value.length > 10) expect(refused).not.to.contain(value);
      });
    }
  }

  for (const [what, variables] of [
    ['USS_ES_TLS_CA_FILE', { USS_ES_TLS_CA_FILE: '/ca' }],
    ['USS_ES_TLS_CERT_FILE', { USS_ES_TLS_CERT_FILE: '/c', USS_ES_TLS_ENABLED: 'no' }],
    ['USS_ES_TLS_SERVER_NAME', { USS_ES_TLS_SERVER_NAME: 'es' }],
    ['ES_GRPC_TLS_CLIENT_CA_FILE', { ES_GRPC_TLS_CLIENT_CA_FILE: '/ca' }],
    ['ES_GRPC_TLS_ALLOWED_CLIENTS', { ES_GRPC_TLS_ALLOWED_CLIENTS: 'DNS:uss' }],
    [
      'ES_GRPC_TLS_ALLOWED_CLIENTS',
      {
        ES_GRPC_TLS_ALLOWED_CLIENTS: 'DNS:uss',
        ES_GRPC_TLS_CERT_FILE: '/c',
        ES_GRPC_TLS_KEY_FILE: '/k',
      },
    ],
    ['ES_REDIS_TLS_CA_FILE', { ES_REDIS_TLS_CA_FILE: '/ca' }],
    ['ES_REDIS_TLS_CA_FILE', { ES_REDIS_TLS_CA_FILE: '/ca', ES_REDIS_URL: 'redis://redis' }],
    ['ES_RABBITMQ_TLS_CA_FILE', { ES_RABBITMQ_TLS_CA_FILE: '/ca', ES_RABBITMQ_URL: 'amqp://a' }],
    ['USS_RABBITMQ_TLS_CA_FILE', { USS_RABBITMQ_TLS_CA_FILE: '/ca', USS_TRANSPORT: 'rabbitmq' }],
  ] as const) {
    it(`refuses ${what} beside ${JSON.stringify(variables)}`, () => {
      const { refused } = saidOf(variables);
      expect(refused).to.match(new RegExp(`^bad configuration: ${what} .* protects nothing while`));
      expect(refused).to.contain(': set ');
    });
  }

  for (const [what, variables, by] of [
    ['USS_RABBITMQ_URL', { USS_RABBITMQ_URL: 'amqp://a:geheim@b' }, 'USS_TRANSPORT is grpc'],
    ['USS_RABBITMQ_QUEUE', { USS_RABBITMQ_QUEUE: 'q' }, 'USS_TRANSPORT is grpc'],
    ['USS_WINDOW_DAYS', { USS_WINDOW_DAYS: '7' }, 'USS_TRANSPORT is grpc'],
    ['ES_RABBITMQ_QUEUE', { ES_RABBITMQ_QUEUE: 'q' }, 'ES_RABBITMQ_URL is not set'],
    ['ES_REDIS_MASTER_NAME', { ES_REDIS_MASTER_NAME: 'm' }, 'ES_REDIS_MODE is not sentinel'],
    [
      'ES_REDIS_SENTINEL_PASSWORD',
      { ES_REDIS_SENTINEL_PASSWORD: 'geheim', ES_REDIS_MODE: 'cluster' },
      'ES_REDIS_MODE is not sentinel',
    ],
    ['ES_REDIS_WAIT_TIMEOUT_MS', { ES_REDIS_WAIT_TIMEOUT_MS: '5' }, 'ES_REDIS_WAIT_REPLICAS is 0'],
    ['ES_HTTP_RATE_LIMIT_BURST', { ES_HTTP_RATE_LIMIT_BURST: '5' }, 'ES_HTTP_RATE_LIMIT is 0'],
    [
      'ES_HTTP_BODY_GRACE_MS',
      { ES_HTTP_BODY_GRACE_MS: '5', ES_HTTP_MIN_BODY_BYTES_PER_SECOND: '0' },
      'ES_HTTP_MIN_BODY_BYTES_PER_SECOND is 0',
    ],
    [
      'USS_AUTH_API_KEYS',
      { USS_AUTH_API_KEYS: API_KEYS, USS_AUTH_MODE: 'jwt', ...prefixed('USS', JWT) },
      'USS_AUTH_MODE is jwt',
    ],
    [
      'ES_JWT_ISSUER',
      { ES_AUTH_API_KEYS: API_KEYS, ES_AUTH_MODE: 'api-key', ES_JWT_ISSUER: 'i' },
      'ES_AUTH_MODE is api-key',
    ],
    [
      'ES_HTTP_ALLOWED_HOSTS',
      {
        ES_AUTH_API_KEYS: API_KEYS,
        ES_AUTH_MODE: 'api-key',
        ES_HTTP_ALLOWED_HOSTS: 'es.example.com',
      },
      'ES_AUTH_MODE is not none',
    ],
  ] as const) {
    it(`warns of ${what} while ${by}`, () => {
      const { warned = [] } = saidOf(variables);
      expect(warned).to.have.length(1);
      expect(warned[0]).to.match(
        new RegExp(`^warn: ${what} .* ha(s|ve) no effect while ${by}: set`),
      );
      expect(warned[0]).not.to.contain('geheim');
    });
  }

  for (const variables of [
    { ES_WINDOW_DAYS: '7' },
    { ES_AUTH_MODE: 'api-key', ES_AUTH_API_KEYS: API_KEYS, ES_AUTH_METRICS: 'open' },
    { USS_AUTH_MODE: 'both', USS_AUTH_API_KEYS: API_KEYS, ...prefixed('USS', JWT) },
    { USS_ES_TLS_ENABLED: 'ON', USS_ES_TLS_CA_FILE: '/ca' },
    { USS_TRANSPORT: 'rabbitmq', USS_RABBITMQ_URL: 'amqps://a', USS_RABBITMQ_TLS_CA_FILE: '/ca' },
    { ES_REDIS_URL: 'rediss://redis', ES_REDIS_TLS_CA_FILE: '/ca' },
    { ES_REDIS_URL: 'redis://a', ES_REDIS_MODE: 'sentinel', ES_REDIS_MASTER_NAME: 'm' },
    // At its default, as in a copy of the example.
    { ES_AUTH_DOCS: 'open', ES_RABBITMQ_QUEUE: 'memberships', ES_REDIS_MASTER_NAME: 'mymaster' },
  ]) {
    it(`says nothing of ${Object.keys(variables).join(', ')} that has one`, () => {
      expect(saidOf(variables as Record<string, string>)).to.deep.equal({ warned: [] });
    });
  }
});
