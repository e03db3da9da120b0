import convict from 'convict';
import { choice, duration, text, wholeNumber } from '../../shared/config.js';
import { clientTlsSchema } from '../../shared/tls/schema.js';
import { REDIS_MODES } from './connection.js';
import { KEY_PREFIX } from './keys.js';

convict.addFormat({
  name: 'key-prefix',
  // A brace would begin the hash tag of a Cluster, which is that of the segment.
  validate: (value: unknown) => {
    if (!/^[!-z|~]{1,64}$/.test(String(value))) {
      throw new Error('must be 1 to 64 printable ASCII characters without spaces and braces');
    }
  },
});

convict.addFormat({
  name: 'redis-url',
  validate: (value: unknown) => {
    const isUrl = (url: string) => /^(rediss?:\/\/.|unix:\/\/\/.)/.test(url) && URL.canParse(url);
    if (!String(value).split(',').every(isUrl)) {
      throw new Error('must be a URL such as redis://localhost:6379 or unix:///run/redis.sock');
    }
  },
});

/** Most bytes that are kept for what no replica has, unless configured otherwise. */
export const UNREPLICATED_MAX_BYTES = 64 * 1024 * 1024;

const WHEN_UNREPLICATED = ['by-mode', 'refuse', 'go-on'] as const;

/** What happens at that bound. */
export type WhenUnreplicated = (typeof WHEN_UNREPLICATED)[number];

/** The keys of Redis. */
export const redisSchema = {
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
  keyPrefix: text(
    'What every key in Redis begins with, so that others can use the same database. The same on every ES that shares counts.',
    'ES_REDIS_KEY_PREFIX',
    KEY_PREFIX,
    'key-prefix',
  ),
  waitReplicas: wholeNumber(
    'How many replicas of Redis must have a membership before it is acknowledged.',
    'ES_REDIS_WAIT_REPLICAS',
    0,
    [0, 10],
  ),
  waitTimeoutMs: duration('How long those replicas may take.', 'ES_REDIS_WAIT_TIMEOUT_MS', 1_000),
  unreplicatedMaxBytes: wholeNumber(
    'Most bytes of memory that each process keeps for what no replica of Redis has; a primary of a Cluster has its share of it.',
    'ES_REDIS_UNREPLICATED_MAX_BYTES',
    UNREPLICATED_MAX_BYTES,
    [64 * 1024, 4_000_000_000],
  ),
  whenUnreplicated: choice(
    'What happens at that bound: refuse (stores answer 503 until a replica is there), go-on (the oldest is forgotten), or by-mode, which is refuse with Sentinel and Cluster.',
    'ES_REDIS_WHEN_UNREPLICATED',
    'by-mode' as WhenUnreplicated,
    WHEN_UNREPLICATED,
  ),
  timeoutMs: duration(
    'How long Redis may take to answer before the request is given up.',
    'ES_REDIS_TIMEOUT_MS',
    3_000,
  ),
};
