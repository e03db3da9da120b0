import { utcDay } from '../../../src/domain/utc-day.js';
import { createKeys } from '../../../src/es/redis/keys.js';
import type { RedisServer } from '../../support/redis-server.js';
import { until } from '../../support/until.js';
import { choose, type Fault, type FaultContext, type FaultKind } from './fault.js';

/** Each command that ES sends to store and to look. */
const COMMANDS = [
  'pfadd',
  'expireat',
  'exists',
  'unlink',
  'zadd',
  'zcard',
  'zremrangebyscore',
  'time',
  'evalsha',
  'eval',
  'ping',
  'info',
  'get',
  'zscore',
  'zcount',
  'sadd',
  'srem',
  'scard',
  'smembers',
  'sismember',
  'smismember',
  'srandmember',
  'sunionstore',
  'object',
  'set',
  'dump',
];

export const COMMAND_DENIED = 'command denied';

const ALL_GOOD = '+@all';

type Way = Pick<Fault, 'name' | 'isInstant'> & {
  begin: (server: RedisServer) => Promise<unknown>;
  end?: (server: RedisServer) => Promise<unknown>;
};

const WAYS: readonly Way[] = [
  {
    name: 'full',
    begin: ({ client }) => client.config('SET', 'maxmemory', '1'),
    end: ({ client }) => client.config('SET', 'maxmemory', '0'),
  },
  {
    name: 'too few replicas',
    begin: ({ client }) => client.config('SET', 'min-replicas-to-write', '9'),
    end: ({ client }) => client.config('SET', 'min-replicas-to-write', '0'),
  },
  {
    name: 'writes paused',
    begin: ({ client }) => client.call('CLIENT', 'PAUSE', '60000', 'WRITE'),
    end: ({ client }) => client.call('CLIENT', 'UNPAUSE'),
  },
  {
    name: 'connections killed',
    isInstant: true,
    begin: ({ client }) => client.call('CLIENT', 'KILL', 'USER', 'es'),
  },
  {
    name: 'scripts forgotten',
    isInstant: true,
    begin: ({ client }) => client.script('FLUSH'),
  },
];

/**
 * Ends a fault at each server, and writes what holds again to its configuration file: a Sentinel that made it a replica
 * meanwhile has had it write the settings of the fault there, which would be back when the server is started again.
 */
async function endAt(
  servers: readonly RedisServer[],
  end: (server: RedisServer) => Promise<unknown>,
): Promise<void> {
  await Promise.all(servers.map(end));
  await Promise.all(servers.map(({ client }) => client.config('REWRITE')));
}

/** A Redis that answers, but not as it should; all servers of a deployment alike. */
export const REDIS_FAULTS: readonly FaultKind[] = [
  ...WAYS.map(
    ({ name, isInstant = false, begin, end = async () => {} }): FaultKind =>
      ({ deployment }) => {
        const { servers } = deployment.redisServers;
        return {
          name,
          where: 'redis',
          isInstant,
          begin: () => Promise.all(servers.map(begin)),
          end: () => endAt(servers, end),
        };
      },
  ),
  ({ deployment, random }) => {
    const { servers } = deployment.redisServers;
    const command = choose(random, COMMANDS) ?? '';
    const allow =
      (rule: string) =>
      ({ client }: RedisServer) =>
        client.call('ACL', 'SETUSER', 'es', rule);
    return {
      name: COMMAND_DENIED,
      where: command,
      begin: () => Promise.all(servers.map(allow(`-${command}`))),
      end: () => endAt(servers, allow(ALL_GOOD)),
    };
  },
  (context) => badKey(context, 'bucket'),
  (context) => badKey(context, 'window'),
  (context) => badKey(context, 'registry'),
];

// Each may be sent again where a connection has broken. What was there is not to be lost.
const SPOIL = `if redis.call('EXISTS', KEYS[2]) == 0 and redis.call('EXISTS', KEYS[1]) == 1 then
  redis.call('RENAME', KEYS[1], KEYS[2])
end
redis.call('SET', KEYS[1], 'x')`;
const RESTORE = `if redis.call('EXISTS', KEYS[2]) == 1 then redis.call('RENAME', KEYS[2], KEYS[1]) end`;

/** Somebody else has put a text where ES keeps something. */
function badKey(
  { deployment, segments, random }: FaultContext,
  which: 'bucket' | 'window' | 'registry',
): Fault {
  const { redisServers } = deployment;
  const keys = createKeys(14, redisServers.mode === 'cluster');
  const segment = choose(random, segments) ?? '';
  const prefix = keys.prefix(segment);
  const today = utcDay(Date.now());
  const registry = keys.registry(prefix);
  const [bucket, window] = [prefix + keys.bucket(today), prefix + keys.window(today)];
  const key = { registry, bucket, window }[which];
  /** At the primary; for a moment there may be none. */
  const run = (script: string) =>
    until(async () => {
      const server = await redisServers.ownerOf(segment);
      const done = server?.client.eval(script, 2, key, `${key}:aside`).then(() => true);
      return (await done?.catch(() => false)) ?? false;
    });
  return {
    name: `bad ${which}`,
    where: segment,
    begin: () => run(SPOIL),
    // A window is merged anew.
    end: () => run(which === 'window' ? `redis.call('UNLINK', KEYS[2])` : RESTORE),
    isInnocent:
      which === 'registry'
        ? (other) => keys.registry(keys.prefix(other)) !== registry
        : (other) => other !== segment,
  };
}
