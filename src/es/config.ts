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

convict.addFormat({
  name: 'client-names',
  validate: (value: unknown) => {
    const names = value === '' ? [] : String(value).split(',');
    const isName = (name: string) => /^(?!(email|IP|IP Address|DirName):)[^*]+$/i.test(name.trim());
    if (!names.every(isName)) {
      throw new Error(
        'must be names such as DNS:uss or URI:spiffe://cluster/uss, without wildcards',
      );
    }
  },
});

const schema = {
  ...commonSchema('ES', 8484),
  grpc: {
    host: text('Interface the gRPC listener binds.', 'ES_GRPC_HOST', '127.0.0.1'),
    port: port('Port of gRPC.', 'ES_GRPC_PORT', 50051),
    maxMessageBytes: wholeNumber(
      'Largest gRPC message with a batch of memberships; 8 MiB holds 10,000 of the longest. Those of other methods have at most 16 KiB, of CountBatch 270 KiB.',
      'ES_GRPC_MAX_MESSAGE_BYTES',
      8 * 1024 * 1024,
      [1_024, 64 * 1024 * 1024],
    ),
    maxStreams: wholeNumber(
      'Most gRPC calls at once on one connection; more wait at the client.',
      'ES_GRPC_MAX_STREAMS',
      100,
      [1, 100_000],
    ),
    maxHeldBytes: wholeNumber(
      'Most bytes kept for all gRPC clients, of requests that have not wholly come and of answers that were not taken; beyond it the largest is refused.',
      'ES_GRPC_MAX_HELD_BYTES',
      64 * 1024 * 1024,
      [1_048_576, 16 * 1024 * 1024 * 1024],
    ),
    maxConnections: wholeNumber(
      'Most gRPC connections at once. For one more, the one that is without a call for longest is closed; if all have calls, the new one.',
      'ES_GRPC_MAX_CONNECTIONS',
      1_000,
      [1, 1_000_000],
    ),
    maxConnectionsPerAddress: wholeNumber(
      'Most of them from one address (IPv6: one /64 network), ES_HTTP_TRUSTED_PROXIES aside; 0 is a quarter of all.',
      'ES_GRPC_MAX_CONNECTIONS_PER_ADDRESS',
      0,
      [0, 1_000_000],
    ),
    idleTimeoutMs: duration(
      'How long a gRPC connection may be without a call; then it is closed.',
      'ES_GRPC_IDLE_TIMEOUT_MS',
      60_000,
    ),
    clientTimeoutMs: duration(
      'How long a gRPC client may take for a TLS handshake, for a message that it has begun, for the one request of a call, and to take an answer.',
      'ES_GRPC_CLIENT_TIMEOUT_MS',
      10_000,
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
        'Names that certificates of clients may be of, separated by commas: alternative names (DNS or URI), or the common name where there is none of any kind. DNS:uss, URI:spiffe://cluster/uss and CN:uss say which. Empty: any of those authorities.',
        'ES_GRPC_TLS_ALLOWED_CLIENTS',
        '',
        'client-names',
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
    'Least count that is told; smaller ones are told as 0, others in multiples of it, and what they could be computed from is hidden. With 0 every count is told.',
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
