import convict from 'convict';
import { choice, duration, text, wholeNumber } from '../../config/config.js';
import { StartError } from '../../process/lifecycle.js';
import { clientTlsSchema } from '../../tls/settings.js';
import { REDIS_MODES } from './connection/connect.js';
import { flawOfNodes, parseNodes } from './connection/nodes.js';
import { KEY_PREFIX } from './keys.js';

convict.addFormat({
  name: 'key-prefix',
  // A brace would begin the hash tag of a Cluster, but the hash tag has to be the segment.
  validate: (value: unknown) => {
    if (!/^[!-z|~]{1,64}$/.test(String(value))) {
      throw new Error('must be 1 to 64 printable ASCII characters without spaces and braces');
    }
  },
});

convict.addFormat({
  name: 'redis-url',
  validate: (value: unknown) => {
    parseNodes(String(value));
  },
});

/**
 * Checks the settings that depend on each other.
 *
 * @throws StartError that names the key, without any part of a URL
 */
export function checkRedisConfig({ mode, url, timeoutMs, waitTimeoutMs }: CheckedSettings): void {
  if (waitTimeoutMs >= timeoutMs) {
    // Otherwise ES would close the connection while Redis still waits for its replicas.
    throw new StartError(
      `bad configuration: ES_REDIS_WAIT_TIMEOUT_MS (redis.waitTimeoutMs): must be less than ES_REDIS_TIMEOUT_MS, which is ${timeoutMs}, not ${waitTimeoutMs}`,
    );
  }
  const flaw = flawOfNodes(mode, parseNodes(url));
  if (flaw === undefined) return;
  throw new StartError(
    `bad configuration: ES_REDIS_URL (redis.url): ${flaw}; ES_REDIS_MODE is ${mode}`,
  );
}

interface CheckedSettings {
  mode: string;
  url: string;
  timeoutMs: number;
  waitTimeoutMs: number;
}

/** The settings of Redis. */
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
      'Where Redis is: redis://user:password@host:port/database, rediss:// over TLS, or unix:///path; some nodes, separated by commas, of Sentinels or of a Cluster. User, password and database of the first count for all; a Cluster has database 0 only.',
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
  waitTimeoutMs: duration(
    'How long those replicas may take, less than Redis may take to answer.',
    'ES_REDIS_WAIT_TIMEOUT_MS',
    1_000,
  ),
  unreplicatedMaxBytes: wholeNumber(
    'Most bytes that ES remembers, of each primary of Redis, of what no replica has yet, to store it again after a failover; at most an eighth of the heap.',
    'ES_REDIS_UNREPLICATED_MAX_BYTES',
    64 * 1024 * 1024,
    [1_048_576, 4_294_967_296],
  ),
  whenUnreplicated: choice(
    'What happens beyond that: refuse (503 until a replica has caught up), go-on (the oldest is forgotten, and lost if the primary is), or auto: refuse with Sentinel and on a Cluster.',
    'ES_REDIS_WHEN_UNREPLICATED',
    'auto',
    ['auto', 'refuse', 'go-on'],
  ),
  timeoutMs: duration(
    'How long Redis may take to answer before the request is given up.',
    'ES_REDIS_TIMEOUT_MS',
    3_000,
  ),
};
