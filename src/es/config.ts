import { fileURLToPath } from 'node:url';
import convict from 'convict';
import { checkAuthConfig } from '../shared/auth/schema.js';
import { commonSchema } from '../shared/common-schema.js';
import { choice, duration, loadConfig, port, text, wholeNumber } from '../shared/config.js';
import { MAX_WINDOW_DAYS } from '../shared/membership.js';
import { rabbitmqSchema } from '../shared/rabbitmq/schema.js';
import { clientTlsSchema, serverTlsSchema } from '../shared/tls/schema.js';
import { REDIS_MODES } from './redis/connection.js';

convict.addFormat({
  name: 'redis-url',
  validate: (value: unknown) => {
    const isUrl = (url: string) => /^(rediss?:\/\/.|unix:\/\/\/.)/.test(url) && URL.canParse(url);
    if (!String(value).split(',').every(isUrl)) {
      throw new Error('must be a URL such as redis://localhost:6379 or unix:///run/redis.sock');
    }
  },
});

convict.addFormat({
  name: 'user-id-secret',
  validate: (value: unknown) => {
    if (typeof value !== 'string' || (value !== '' && value.length < 32)) {
      throw new Error('must be at least 32 characters; openssl rand -base64 32 makes some');
    }
  },
});

const schema = {
  ...commonSchema('ES', 8484),
  grpc: {
    host: text('Interface the gRPC listener binds.', 'ES_GRPC_HOST', '127.0.0.1'),
    port: port('Port of gRPC.', 'ES_GRPC_PORT', 50051),
    maxMessageBytes: wholeNumber(
      'Largest gRPC message that is read; 8 MiB holds 10,000 of the longest memberships.',
      'ES_GRPC_MAX_MESSAGE_BYTES',
      8 * 1024 * 1024,
      [1_024, 64 * 1024 * 1024],
    ),
    maxStreams: wholeNumber(
      'Most gRPC calls at once on one connection; more wait at the client.',
      'ES_GRPC_MAX_STREAMS',
      1_000,
      [1, 100_000],
    ),
    maxConnectionAgeMs: duration(
      'How long a gRPC connection lives; then its client opens another one, and so finds new replicas.',
      'ES_GRPC_MAX_CONNECTION_AGE_MS',
      300_000,
    ),
    keepAliveMs: duration(
      'How long a gRPC connection may be silent before its client is asked whether it is there, and how long it may take to say so; then the connection is closed.',
      'ES_GRPC_KEEP_ALIVE_MS',
      10_000,
    ),
    tls: {
      ...serverTlsSchema('ES_GRPC', 'gRPC'),
      caFile: text(
        'Authorities of the clients, PEM; each client then has to show a certificate. Empty: none has to.',
        'ES_GRPC_TLS_CLIENT_CA_FILE',
        '',
        'optional-text',
      ),
      allowedClients: text(
        'Names that certificates of clients may be of, separated by commas: a common name, or an alternative name (DNS or URI). Empty: any of those authorities.',
        'ES_GRPC_TLS_ALLOWED_CLIENTS',
        '',
        'optional-text',
      ),
    },
  },
  redis: {
    tls: clientTlsSchema('ES_REDIS', 'Redis'),
    mode: choice(
      'How Redis runs: single, sentinel (the URLs are those of Sentinels) or cluster.',
      'ES_REDIS_MODE',
      'single',
      REDIS_MODES,
    ),
    url: {
      ...text(
        'Where Redis is: redis://user:password@host:port/database, rediss:// over TLS, or unix:///path; some nodes, separated by commas, of Sentinels or of a Cluster.',
        'ES_REDIS_URL',
        'redis://127.0.0.1:6379',
        'redis-url',
      ),
      sensitive: true,
    },
    masterName: text('What Sentinel calls the primary.', 'ES_REDIS_MASTER_NAME', 'mymaster'),
    sentinelPassword: {
      doc: 'The password of the Sentinels themselves, if they have one.',
      format: String,
      default: '',
      env: 'ES_REDIS_SENTINEL_PASSWORD',
      sensitive: true,
    },
    waitReplicas: wholeNumber(
      'How many replicas of Redis must have a membership before it is acknowledged.',
      'ES_REDIS_WAIT_REPLICAS',
      0,
      [0, 10],
    ),
    waitTimeoutMs: duration('How long those replicas may take.', 'ES_REDIS_WAIT_TIMEOUT_MS', 1_000),
    timeoutMs: duration(
      'How long Redis may take to answer before the request is given up.',
      'ES_REDIS_TIMEOUT_MS',
      3_000,
    ),
  },
  userIdSecret: {
    ...text(
      'The key that user ids are hidden by before they get to Redis, at least 32 characters. The same on every ES.',
      'ES_USER_ID_SECRET',
      '',
      'user-id-secret',
    ),
    sensitive: true,
  },
  rabbitmq: rabbitmqSchema(
    'ES',
    'Where RabbitMQ is, to take from its queue what USS puts there: amqp://user:password@host:port/vhost, or amqps:// over TLS. Not set: memberships come over gRPC and REST only.',
    '',
  ),
  maxSegments: wholeNumber(
    'Most segments that are known at once; beyond it new ones are refused with 507, and those that are known go on. With 0 there may be any number.',
    'ES_MAX_SEGMENTS',
    1_000_000,
    [0, 1_000_000_000],
  ),
  listMaxBytes: wholeNumber(
    'Most bytes of memory that lists of segments may take; where there are more segments than fit, lists are answered 503. 512 MiB holds a million of the longest names.',
    'ES_LIST_MAX_BYTES',
    512 * 1024 * 1024,
    [1024 * 1024, 4_000_000_000],
  ),
  minReportedCount: wholeNumber(
    'Least count that is told; smaller ones are told as 0. With 0 every count is.',
    'ES_MIN_REPORTED_COUNT',
    0,
    [0, 1_000_000],
  ),
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
  const config = loadConfig(schema, {
    env: process.env,
    fileVariable: 'ES_CONFIG',
    defaultFile: fileURLToPath(new URL('../../config/es.yaml', import.meta.url)),
    defaults,
  });
  checkAuthConfig('ES', config);
  return config;
}
