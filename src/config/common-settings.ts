import convict from 'convict';
import { authSchema } from '../auth/settings.js';
import { UNKNOWN_MEMBERS } from '../domain/known-members.js';
import { MAX_BATCH } from '../domain/membership.js';
import { connectionSchema } from '../http/connection/settings.js';
import { checkAllowedHosts } from '../http/hosts.js';
import { checkTrustedProxies } from '../limits/client-address.js';
import { LOG_FORMATS, LOG_LEVELS } from '../telemetry/logger.js';
import { tracingSchema } from '../telemetry/tracing/settings.js';
import { serverTlsSchema } from '../tls/settings.js';
import { choice, duration, port, switchKey, text, wholeNumber } from './config.js';

convict.addFormat({
  name: 'networks',
  validate: (value: unknown) => {
    try {
      checkTrustedProxies(String(value));
    } catch {
      throw new Error('must be addresses and networks such as 10.0.0.0/8, separated by commas');
    }
  },
});

convict.addFormat({
  name: 'hosts',
  validate: (value: unknown) => {
    try {
      checkAllowedHosts(String(value));
    } catch {
      throw new Error('must be names such as es.example.com, separated by commas, or *');
    }
  },
});

/** The settings that both services have. */
export function commonSchema(prefix: string, httpPort: number) {
  return {
    http: {
      host: text('Interface the REST listener binds.', `${prefix}_HTTP_HOST`, '127.0.0.1'),
      port: port('Port of REST.', `${prefix}_HTTP_PORT`, httpPort),
      ...connectionSchema(prefix),
      unknownMembers: choice(
        'refuse: a body, or a line of one, with members that nothing reads is refused, as one may be misspelt. ignore: they are passed over.',
        `${prefix}_HTTP_UNKNOWN_MEMBERS`,
        'refuse',
        UNKNOWN_MEMBERS,
      ),
      rateLimit: {
        perSecond: wholeNumber(
          'How much a client (an API key, a subject or an address) may ask for each second in the long run, in requests, memberships and segments counted; 0 is any number. Each process counts by itself.',
          `${prefix}_HTTP_RATE_LIMIT`,
          0,
          [0, 1_000_000],
        ),
        burst: wholeNumber(
          'How much a client may ask for at once after a pause.',
          `${prefix}_HTTP_RATE_LIMIT_BURST`,
          100,
          [1, 1_000_000],
        ),
      },
      allowedHosts: {
        doc: 'Names that clients may know the service by, separated by commas, beside addresses, localhost and names without dots; * is any. With authentication every name is allowed.',
        format: 'hosts',
        default: '',
        env: `${prefix}_HTTP_ALLOWED_HOSTS`,
      },
      trustedProxies: {
        doc: 'Addresses and networks (CIDR) of proxies whose X-Forwarded-For is believed, and who may have any share of the connections; separated by commas.',
        format: 'networks',
        default: '',
        env: `${prefix}_HTTP_TRUSTED_PROXIES`,
      },
      tls: serverTlsSchema(`${prefix}_HTTP`, 'REST'),
    },
    newSegmentsPerMinute: wholeNumber(
      'How many segments that are new a client may have made each minute; 0 is any number. Each process counts by itself.',
      `${prefix}_NEW_SEGMENTS_PER_MINUTE`,
      0,
      [0, 1_000_000],
    ),
    ...authSchema(prefix),
    workers: {
      doc: 'How many processes serve, sharing the ports: a number, or auto for one a core.',
      format: 'workers',
      default: 1 as number | 'auto',
      env: `${prefix}_WORKERS`,
    },
    queue: {
      maxQueued: wholeNumber(
        'Most memberships, and most counts, taken one by one and not yet answered; beyond it 503.',
        `${prefix}_QUEUE_MAX`,
        50_000,
        [1, 10_000_000],
      ),
      maxBatch: wholeNumber(
        'Most memberships, one by one or in small batches, and most counts, taken one by one, that travel together; a larger batch travels alone. 1 sends each alone.',
        `${prefix}_QUEUE_BATCH`,
        1_000,
        [1, MAX_BATCH],
      ),
    },
    shutdown: {
      delayMs: wholeNumber(
        'How long to go on serving after SIGTERM, not ready any more, so that load balancers notice first.',
        `${prefix}_SHUTDOWN_DELAY_MS`,
        0,
        [0, 600_000],
      ),
      timeoutMs: duration(
        'How long requests in flight may take to finish when the service stops.',
        `${prefix}_SHUTDOWN_TIMEOUT_MS`,
        10_000,
      ),
    },
    metrics: {
      enabled: switchKey(
        'Whether requests, memberships and commands are counted as they happen.',
        `${prefix}_METRICS_ENABLED`,
        true,
      ),
      commit: text('The commit that runs, as the metrics tell it.', 'SOURCE_COMMIT', 'unknown'),
    },
    tracing: tracingSchema(prefix),
    diagnosticsDirectory: text(
      'Where SIGUSR1 writes a heap snapshot and a CPU profile of 3 s; empty: it does not.',
      `${prefix}_DIAGNOSTICS_DIR`,
      '',
      'optional-text',
    ),
    log: {
      accessSample: {
        doc: 'How many of the requests that are answered are logged, from 0 to 1.',
        format: 'ratio',
        default: 0,
        env: `${prefix}_LOG_ACCESS_SAMPLE`,
      },
      level: choice(
        'Least level that is logged; debug names refused requests too.',
        `${prefix}_LOG_LEVEL`,
        'info',
        LOG_LEVELS,
      ),
      format: choice(
        'json: one JSON object a line. pretty: for people. auto: pretty in a terminal, else json.',
        `${prefix}_LOG_FORMAT`,
        'auto',
        LOG_FORMATS,
      ),
    },
  };
}
