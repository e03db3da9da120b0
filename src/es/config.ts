import { fileURLToPath } from 'node:url';
import convict from 'convict';
import { exposedOf } from '../auth/loopback.js';
import { checkAuthConfig } from '../auth/settings.js';
import { commonSchema } from '../config/common-settings.js';
import { loadConfig, text, wholeNumber } from '../config/config.js';
import { type Remark, remarksOnOthers } from '../config/environment.js';
import { remarksOnIdle } from '../config/idle-settings.js';
import { keysOf } from '../config/schema-keys.js';
import { MAX_WINDOW_DAYS } from '../domain/membership.js';
import { rabbitmqSchema } from '../rabbitmq/settings.js';
import { grpcSchema } from './grpc/settings.js';
import { LEAST_SIZE, MAX_SAMPLE_SIZE } from './redis/samples/sampling.js';
import { checkRedisConfig, redisSchema } from './redis/settings.js';

convict.addFormat({
  name: 'user-id-secret',
  validate: (value: unknown) => {
    if (typeof value !== 'string' || (value !== '' && value.length < 32)) {
      throw new Error('must be at least 32 characters; openssl rand -base64 32 makes some');
    }
  },
});

convict.addFormat({
  name: 'sample-size',
  coerce: (value: unknown) =>
    typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value,
  validate: (value: unknown) => {
    const size = Number(value);
    if (!Number.isInteger(value) || (size !== 0 && (size < LEAST_SIZE || size > MAX_SAMPLE_SIZE))) {
      throw new Error(`must be 0, or a whole number from ${LEAST_SIZE} to ${MAX_SAMPLE_SIZE}`);
    }
  },
});

const schema = {
  ...commonSchema('ES', 8484),
  grpc: grpcSchema,
  redis: redisSchema,
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
  sampleSize: {
    ...text(
      'How many users of a segment and day are kept as hashes beside the HyperLogLog; up to so many, counts are exact. Redis needs set-max-intset-entries of at least 16 more. With 0 there are no samples.',
      'ES_SAMPLE_SIZE',
      '',
      'sample-size',
    ),
    default: 1_024,
  },
  window: {
    days: wholeNumber(
      'How many UTC days a count covers, today included. The same on every ES that shares a Redis.',
      'ES_WINDOW_DAYS',
      14,
      [1, MAX_WINDOW_DAYS],
    ),
    warmPercent: wholeNumber(
      'In the last hour of a UTC day, windows of the next day are merged, of segments that were counted today: the share of the time of Redis that all ES together may use for it, of 100. With 0 the first count of a day merges.',
      'ES_WINDOW_WARM_PERCENT',
      5,
      [0, 100],
    ),
  },
};

export type EsConfig = ReturnType<typeof loadEsConfig>;

/**
 * The configuration of ES: defaults < YAML file < environment.
 *
 * @param defaults values that replace the defaults of the schema
 * @throws StartError that names every wrong setting
 */
export function loadEsConfig(defaults: object = {}) {
  const config = loadConfig(schema, {
    env: process.env,
    prefix: 'ES',
    defaultFile: fileURLToPath(new URL('../../config/es.yaml', import.meta.url)),
    defaults,
  });
  checkAuthConfig('ES', config);
  checkRedisConfig(config.redis);
  esRemarks(config);
  return config;
}

/**
 * The remarks about a configuration at the start: settings without effect, variables that are not settings, and user ids
 * that others may choose.
 *
 * @throws StartError if a setting that should protect something has no effect
 */
export function esRemarks(config: EsConfig): Remark[] {
  const keys = keysOf(schema);
  return [
    ...remarksOnOthers(keys, 'ES', process.env),
    ...remarksOnIdle(keys, config),
    ...remarksOnIds(config),
  ];
}

/** Redis hashes user ids with a seed that everybody knows, so others can make up ids that spoil a count. */
function remarksOnIds({ userIdSecret, http, grpc }: EsConfig): Remark[] {
  const exposed = [...new Set(exposedOf([http.host, grpc.host]))];
  if (userIdSecret !== '' || exposed.length === 0) return [];
  const text = `no ES_USER_ID_SECRET: whoever reaches ${exposed.join(' or ')} may choose user ids that count as millions; set it before the first memberships, as users count anew after a change`;
  return [{ level: 'warn', text }];
}
