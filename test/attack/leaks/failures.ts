import { utcDay } from '../../../src/domain/utc-day.js';
import { createKeys } from '../../../src/es/redis/keys.js';
import type { RedisServer } from '../../support/redis-server.js';
import { until } from '../../support/until.js';
import { MARKS } from './marks.js';
import { ask } from './requests.js';
import { allow, type MarkedSystem } from './system.js';

/** Something that goes wrong. */
export interface FailureCase {
  /** Breaks what requests then need. */
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
const REGISTRY = keys.registry(prefix);
const ENTRY = keys.entry(MARKS.segment);

const REFUSED = /WRONGTYPE/;

const CUT_OFF = /max retries per request|Command aborted|Connection is closed/;

/** All failures; a new one is one more row. */
export const FAILURES: Record<string, FailureCase> = {
  'a bucket of another type': {
    make: breakBucket,
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
    evidence: /waiting for it: [^"]*WRONGPASS/,
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
    make: async (system) => {
      const { output } = system.es;
      const before = output().length;
      // Of requests that fail alike only some are logged.
      while (!CUT_OFF.test(output().slice(before))) await breakConnection(system);
    },
    evidence: CUT_OFF,
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
        /cmdstat_eval\w*:calls=[1-9]/.test(await redis.client.info('commandstats')),
      );
    },
    evidence: /another Redis has taken over|cannot be reached, waiting for it/,
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

/** Closes the connections of ES while a membership is on its way to be stored. */
async function breakConnection({ redis, user, urls }: MarkedSystem): Promise<void> {
  const isSeen = async (client: RegExp) => client.test(String(await redis.client.client('LIST')));
  await until(() => isSeen(/name=es /));
  await redis.client.call('CLIENT', 'PAUSE', '60000', 'WRITE');
  const body = { segment: MARKS.segment, user_id: MARKS.userId };
  let isAnswered = false;
  const stored = ask(urls.es, '/segment', { body }).finally(() => {
    isAnswered = true;
  });
  // It is refused at once where ES is just connecting.
  await until(async () => isAnswered || (await isSeen(/name=es .*flags=b/)));
  await redis.client.client('KILL', 'USER', user);
  await redis.client.call('CLIENT', 'UNPAUSE');
  await stored;
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
