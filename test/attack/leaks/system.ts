import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashApiKey } from '../../../src/auth/api-keys.js';
import { SCOPES } from '../../../src/auth/scope.js';
import { untilReady } from '../../support/http.js';
import { type OtlpReceiver, startOtlpReceiver } from '../../support/otlp-receiver.js';
import { type Running, startNode } from '../../support/process.js';
import { type RedisServer, startRedisServer } from '../../support/redis-server.js';
import { AUDIENCE, ISSUER } from '../../support/tokens.js';
import { MARKS } from './marks.js';

/** ES and USS as processes that log all they can, every secret of theirs marked. */
export interface MarkedSystem {
  redis: RedisServer;
  /** What ES connects to Redis as. */
  user: string;
  es: Running;
  uss: Running;
  urls: { es: string; uss: string };
  /** The address of gRPC. */
  grpc: string;
  spans: OtlpReceiver['spans'];
  /** Where diagnostics are written. */
  diagnostics: string;
  ready(): Promise<void>;
  close(): Promise<void>;
}

const entry = (name: string, key: string) => ({
  name,
  sha256: hashApiKey(key).toString('hex'),
  scopes: [...SCOPES],
});

/** What both services are told. */
function common(prefix: string, diagnostics: string): Record<string, string> {
  const keys = [entry('client', MARKS.apiKey), entry('uss', MARKS.token)];
  const variables = {
    HTTP_PORT: '0',
    LOG_LEVEL: 'trace',
    LOG_ACCESS_SAMPLE: '1',
    DIAGNOSTICS_DIR: diagnostics,
    AUTH_MODE: 'both',
    AUTH_API_KEYS: JSON.stringify(keys),
    JWT_ISSUER: ISSUER,
    JWT_AUDIENCE: AUDIENCE,
    // Nothing can be fetched there.
    JWT_JWKS_URL: `http://${MARKS.password}:${MARKS.password}@127.0.0.1:1/keys?key=${MARKS.password}`,
  };
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [`${prefix}_${name}`, value]),
  );
}

/**
 * Starts them on a Redis.
 *
 * @param settings of Redis
 * @param more of the environment of both
 */
export async function startMarkedSystem(
  settings: Record<string, string> = {},
  more: Record<string, string> = {},
): Promise<MarkedSystem> {
  const [redis, otlp] = await Promise.all([startRedisServer(settings), startOtlpReceiver()]);
  const user = 'es';
  await allow(redis, user);
  const diagnostics = mkdtempSync(join(tmpdir(), 'diagnostics-'));
  const es = startNode('dist/es/main.js', {
    ...common('ES', diagnostics),
    ES_REDIS_URL: `redis://${user}:${MARKS.password}@127.0.0.1:${redis.port}`,
    ES_GRPC_PORT: '0',
    ES_REDIS_TIMEOUT_MS: '500',
    ES_REDIS_WAIT_TIMEOUT_MS: '400',
    ...otlp.env,
    ...more,
  });
  const [, esPort, grpcPort] = await es.printed(/REST on [^"]*?:(\d+), gRPC on [^"]*?:(\d+)/);
  const uss = startNode('dist/uss/main.js', {
    ...common('USS', diagnostics),
    USS_ES_ADDRESS: `ipv4:127.0.0.1:${grpcPort}`,
    USS_ES_TOKEN: MARKS.token,
    USS_ES_TIMEOUT_MS: '1000',
    // What people read in a terminal is made of the same.
    USS_LOG_FORMAT: 'pretty',
    ...otlp.env,
    ...more,
  });
  const [, ussPort] = await uss.printed(/REST on [^"]*?:(\d+)/);
  const urls = { es: `http://127.0.0.1:${esPort}`, uss: `http://127.0.0.1:${ussPort}` };
  const ready = async () => {
    await Promise.all(Object.values(urls).map(untilReady));
  };
  await ready();
  return {
    redis,
    user,
    es,
    uss,
    urls,
    grpc: `127.0.0.1:${grpcPort}`,
    spans: otlp.spans,
    diagnostics,
    ready,
    async close() {
      await Promise.all([uss.kill(), es.kill()]);
      otlp.close();
      await redis.close();
      rmSync(diagnostics, { recursive: true });
    },
  };
}

/** Makes a user of Redis that may do everything. */
export async function allow({ client }: RedisServer, user: string): Promise<void> {
  const password = `>${MARKS.password}`;
  await client.acl('SETUSER', user, 'reset', 'on', password, '~*', '&*', '+@all');
}
