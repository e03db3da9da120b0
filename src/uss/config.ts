import { fileURLToPath } from 'node:url';
import convict from 'convict';
import { checkAuthConfig } from '../auth/settings.js';
import { commonSchema } from '../config/common-settings.js';
import { choice, duration, loadConfig, text, wholeNumber } from '../config/config.js';
import { type Remark, remarksOnOthers } from '../config/environment.js';
import { remarksOnIdle } from '../config/idle-settings.js';
import { keysOf } from '../config/schema-keys.js';
import { MAX_WINDOW_DAYS } from '../domain/membership.js';
import { StartError } from '../process/lifecycle.js';
import { rabbitmqSchema } from '../rabbitmq/settings.js';
import { clientTlsSchema, tlsSwitch } from '../tls/settings.js';
import { checkEsAddress } from './es-client/address.js';

const TRANSPORTS = ['grpc', 'rabbitmq'] as const;

convict.addFormat({
  name: 'credential',
  validate: (value: unknown) => {
    if (typeof value !== 'string' || !/^[\w.~+/=-]*$/.test(value)) {
      throw new Error('must be an API key or a JWT, without Bearer in front');
    }
  },
});

convict.addFormat({
  name: 'es-address',
  validate: (value: unknown) => {
    checkEsAddress(String(value));
  },
});

const schema = {
  ...commonSchema('USS', 8282),
  transport: choice(
    'How memberships get to ES: grpc, stored before they are acknowledged; rabbitmq, in a queue on disk by then.',
    'USS_TRANSPORT',
    'grpc',
    TRANSPORTS,
  ),
  rabbitmq: rabbitmqSchema(
    'USS',
    'Where RabbitMQ is: amqp://user:password@host:port/vhost, or amqps:// over TLS.',
    'amqp://127.0.0.1:5672',
  ),
  window: {
    days: wholeNumber(
      'How many UTC days ES counts, today included; for what is older to be refused when memberships go by a queue.',
      'USS_WINDOW_DAYS',
      14,
      [1, MAX_WINDOW_DAYS],
    ),
  },
  es: {
    address: text(
      'Where the gRPC of ES is, as a gRPC target: dns:///host:port finds every address of the name.',
      'USS_ES_ADDRESS',
      'dns:///127.0.0.1:50051',
      'es-address',
    ),
    tls: {
      enabled: tlsSwitch('USS_ES', 'ES'),
      ...clientTlsSchema('USS_ES', 'ES'),
    },
    token: {
      doc: 'The API key or JWT that USS shows ES, with segments:write and segments:read; none if empty.',
      format: 'credential',
      default: '',
      env: 'USS_ES_TOKEN',
      sensitive: true,
    },
    timeoutMs: duration(
      'How long ES may take to answer before the request is given up.',
      'USS_ES_TIMEOUT_MS',
      5_000,
    ),
    connections: wholeNumber(
      'How many connections to keep to ES; at least as many as it has processes.',
      'USS_ES_CONNECTIONS',
      4,
      [1, 1_024],
    ),
  },
};

export type UssConfig = ReturnType<typeof loadUssConfig>;

/**
 * The configuration of USS: defaults < YAML file < environment.
 *
 * @param defaults values that replace the schema's defaults
 * @throws StartError that names every invalid key, and keys that contradict each other
 */
export function loadUssConfig(defaults: object = {}) {
  const config = loadConfig(schema, {
    env: process.env,
    prefix: 'USS',
    defaultFile: fileURLToPath(new URL('../../config/uss.yaml', import.meta.url)),
    defaults,
  });
  checkAuthConfig('USS', config);
  if (config.transport === 'rabbitmq' && config.newSegmentsPerMinute > 0) {
    throw new StartError(
      'bad configuration: USS_NEW_SEGMENTS_PER_MINUTE (newSegmentsPerMinute): must be 0 while USS_TRANSPORT is rabbitmq, where stores do not wait for ES to say what is new',
    );
  }
  ussRemarks(config);
  return config;
}

/**
 * The remarks about a configuration that USS logs at the start: settings without effect, and variables that are not
 * settings.
 *
 * @throws StartError if a setting that should protect something has no effect
 */
export function ussRemarks(config: UssConfig): Remark[] {
  const keys = keysOf(schema);
  return [...remarksOnOthers(keys, 'USS', process.env), ...remarksOnIdle(keys, config)];
}
