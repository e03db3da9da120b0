import { createKeys } from '../../../src/es/redis/keys.js';
import { utcDay } from '../../../src/shared/utc-day.js';
import type { RedisServer } from '../../support/redis-server.js';
import { until } from '../../support/until.js';
import { MARKS } from './marks.js';
import { ask } from './requests.js';
import { allow, type MarkedSystem } from './system.js';

/** Something that goes wrong. */
export interface FailureCase {
  /** Breaks what requests then meet. */
  make(system: MarkedSystem): Promise<unknown>;
  /**
   * What goes wrong once they are on their way.
   *
   * @param log what has been logged since
   */
  meanwhile?(system: MarkedSystem, log: () => string): Promise<unknown>;
  /** What one who has to mend it finds in the log of a service. */
  evidence: RegExp;
}

const keys = createKeys(14, false);
const prefix = keys.prefix(MARKS.segment);
const bucket = () => prefix + keys.bucket(utcDay(Date.now()));
const window = () => prefix + keys.window(utcDay(Date.now()));
const REGISTRY = keys.registry(prefix);
const ENTRY = keys.entry(MARKS.segment);

const REFUSED = /WRONGTYPE/;

/** All failures; a new one is one more row. */
export const FAILURES: Record<string, FailureCase> = {
  'a bucket of another type': {
    make: breakBucket,
    evidence: REFUSED,
  },
  'a window of another type': {
    make: ({ redis }) => redis.client.lpush(window(), MARKS.userId),
    evidence: REFUSED,
  },
  'a sketch that is none': {
    make: ({ redis }) => redis.client.set(bucket(), `HYLL${MARKS.userId}`),
    evidence: /WRONGTYPE|INVALIDOBJ|sketch/i,
  },
  'a registry of another type': {
    make: ({ redis }) => redis.client.set(REGISTRY, MARKS.userId),
    evidence: REFUSED,
  },
  'an entry of the registry without its bucket, and one that is none': {
    make: ({ redis }) =>
      redis.client.zadd(REGISTRY, utcDay(Date.now()), ENTRY, 1e9, `%zz${MARKS.userId}`),
    evidence: /request answered/,
  },
  'a Redis that is full': {
    make: ({ redis }) => redis.client.config('SET', 'maxmemory', '1'),
    evidence: /OOM/,
  },
  'a Redis that lets nobody write': {
    make: ({ redis, user }) => redis.client.acl('SETUSER', user, '-@write'),
    evidence: /NOPERM|can't run this command/,
  },
  'a Redis that lets nobody read': {
    make: ({ redis, user }) => redis.client.acl('SETUSER', user, '-get', '-pfcount', '-zscan'),
    evidence: /NOPERM/,
  },
  'a Redis with other keys': {
    make: ({ redis, user }) => redis.client.acl('SETUSER', user, 'resetkeys', '~other:*'),
    evidence: /NOPERM/,
  },
  'a Redis with another password': {
    make: async ({ redis, user }) => {
      await redis.client.acl('SETUSER', user, 'resetpass', '>another');
      await redis.client.client('KILL', 'USER', user);
    },
    evidence: /WRONGPASS/,
  },
  'a Redis that is a replica now': {
    make: ({ redis }) => redis.client.replicaof('127.0.0.1', 1),
    evidence: /READONLY|reached/,
  },
  'a Redis without its replicas': {
    make: ({ redis }) => redis.client.config('SET', 'min-replicas-to-write', '3'),
    evidence: /NOREPLICAS/,
  },
  'a Redis that runs a long script': {
    make: async ({ redis }) => {
      await redis.client.config('SET', 'busy-reply-threshold', '1');
      const other = redis.client.duplicate();
      other
        .eval(`while true do local mark = '${MARKS.userId}' end`, 0)
        .catch(() => {})
        .finally(() => other.disconnect());
      await until(async () => !(await isAnswering(redis)));
    },
    evidence: /BUSY/,
  },
  'a Redis that says nothing': {
    make: async ({ redis }) => redis.signal('SIGSTOP'),
    evidence: /Command timed out/,
  },
  'a Redis that closes its connections': {
    make: ({ redis }) => redis.client.call('CLIENT', 'PAUSE', '60000', 'WRITE'),
    meanwhile: async ({ redis, user }) => {
      await until(async () => /name=es .*flags=b/.test(String(await redis.client.client('LIST'))));
      await redis.client.client('KILL', 'USER', user);
      await redis.client.call('CLIENT', 'UNPAUSE');
    },
    evidence: /Connection is closed|Stream isn't writeable|connection/i,
  },
  'a Redis that came back with a bucket of another type': {
    make: async ({ redis, user, urls }) => {
      const body = { segment: MARKS.segment, user_id: MARKS.userId };
      await ask(urls.es, '/segment', { body });
      await redis.client.del(bucket());
      await redis.client.set(bucket(), MARKS.userId);
      await redis.kill();
      await redis.start();
      await allow(redis, user);
      // What was stored last is stored again, in vain.
      await until(async () =>
        /cmdstat_eval\w*:.*failed_calls=[1-9]/.test(await redis.client.info('commandstats')),
      );
    },
    evidence: /cannot be reached, waiting for it/,
  },
  'an ES that says nothing': {
    make: async ({ es }) => es.child.kill('SIGSTOP'),
    meanwhile: async ({ es }, log) => {
      await until(async () => /request failed: the estimation service/.test(log()));
      es.child.kill('SIGCONT');
    },
    evidence: /request failed: the estimation service/,
  },
};

/** Puts something else where the bucket of the marked segment belongs. */
export async function breakBucket({ redis }: MarkedSystem): Promise<void> {
  await redis.client.set(bucket(), MARKS.userId);
}

/** Mends whatever any of them broke. */
export async function mend({ redis, user, es, ready }: MarkedSystem): Promise<void> {
  es.child.kill('SIGCONT');
  redis.signal('SIGCONT');
  await redis.client.call('SCRIPT', 'KILL').catch(() => {});
  await until(() => isAnswering(redis));
  await redis.client.replicaof('NO', 'ONE');
  await redis.client.config('SET', 'maxmemory', '0');
  await redis.client.config('SET', 'min-replicas-to-write', '0');
  await allow(redis, user);
  await redis.client.flushall();
  await ready();
}

async function isAnswering({ client }: RedisServer): Promise<boolean> {
  const answer = await client.ping().catch(() => undefined);
  return answer === 'PONG';
}
