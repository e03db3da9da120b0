import { fileURLToPath } from 'node:url';
import convict from 'convict';
import { commonSchema, duration, loadConfig, port, text, wholeNumber } from '../shared/config.js';
import { MAX_WINDOW_DAYS } from '../shared/membership.js';

convict.addFormat({
  name: 'redis-url',
  validate: (value: unknown) => {
    if (!/^(rediss?:\/\/.|unix:\/\/\/.)/.test(String(value)) || !URL.canParse(String(value))) {
      throw new Error('must be a URL such as redis://localhost:6379 or unix:///run/redis.sock');
    }
  },
});

const schema = {
  ...commonSchema('ES', 8484),
  grpc: {
    host: text('Interface the gRPC listener binds.', 'ES_GRPC_HOST', '127.0.0.1'),
    port: port('Port of gRPC.', 'ES_GRPC_PORT', 50051),
  },
  redis: {
    url: {
      ...text(
        'Where Redis is: redis://user:password@host:port/database, rediss:// over TLS, or unix:///path.',
        'ES_REDIS_URL',
        'redis://127.0.0.1:6379',
        'redis-url',
      ),
      sensitive: true,
    },
    timeoutMs: duration(
      'How long Redis may take to answer before the request is given up.',
      'ES_REDIS_TIMEOUT_MS',
      3_000,
    ),
  },
  window: {
    days: wholeNumber(
      'How many UTC days a count covers, today included. The same on every ES that shares a Redis.',
      'ES_WINDOW_DAYS',
      14,
      [1, MAX_WINDOW_DAYS],
    ),
  },
};

export type EsConfig = ReturnType<typeof loadEsConfig>;

/**
 * The configuration of ES: defaults < YAML file < environment.
 *
 * @param defaults values that take the place of the schema's defaults
 * @throws StartError that names every bad key
 */
export function loadEsConfig(defaults: object = {}) {
  return loadConfig(schema, {
    env: process.env,
    fileVariable: 'ES_CONFIG',
    defaultFile: fileURLToPath(new URL('../../config/es.yaml', import.meta.url)),
    defaults,
  });
}
