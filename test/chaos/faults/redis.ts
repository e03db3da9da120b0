import { createKeys } from '../../../src/es/redis/keys.js';
import { utcDay } from '../../../src/shared/utc-day.js';
import type { RedisServer } from '../../support/redis-server.js';
import { choose, type Fault, type FaultContext, type FaultKind } from './fault.js';

/** Each command that ES sends to store and to look. */
const COMMANDS = [
  ...['pfadd', 'expireat', 'exists', 'unlink', 'zadd', 'zcard', 'zremrangebyscore', 'time'],
  ...['evalsha', 'eval', 'ping', 'info', 'get', 'zscore', 'zcount'],
];

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

/** A Redis that answers, but not as it should; all servers of a deployment alike. */
export const REDIS_FAULTS: readonly FaultKind[] = [
  ...WAYS.map(
    ({ name, isInstant = false, begin, end = async () => {} }): FaultKind =>
      ({ deployment }) => {
        const { servers } = deployment.redisServers;
        return {
          ...{ name, where: 'redis', isInstant },
          begin: () => Promise.all(servers.map(begin)),
          end: () => Promise.all(servers.map(end)),
        };
      },
  ),
  ({ deployment, random }) => {
    const { servers } = deployment.redisServers;
    const command = choose(random, COMMANDS) ?? '';
    const allow = (rule: string) =>
      Promise.all(servers.map(({ client }) => client.call('ACL', 'SETUSER', 'es', rule)));
    return {
      ...{ name: 'command denied', where: command },
      begin: () => allow(`-${command}`),
      end: () => allow(ALL_GOOD),
    };
  },
  (context) => badKey(context, 'bucket'),
  (context) => badKey(context, 'window'),
  (context) => badKey(context, 'registry'),
];

/** Somebody else has put a text where ES keeps something. */
async function badKey(
  { deployment, segments, random }: FaultContext,
  which: 'bucket' | 'window' | 'registry',
): Promise<Fault | undefined> {
  const { redisServers } = deployment;
  const keys = createKeys(14, redisServers.mode === 'cluster');
  const segment = choose(random, segments) ?? '';
  const prefix = keys.prefix(segment);
  const server = await redisServers.ownerOf(segment);
  if (server === undefined) return undefined;
  const today = utcDay(Date.now());
  const registry = keys.registry(prefix);
  const key = {
    registry,
    bucket: prefix + keys.bucket(today),
    window: prefix + keys.window(today),
  }[which];
  // In the same slot; what was there is not to be lost.
  const aside = which === 'registry' ? `${registry}:aside` : `${key}:aside`;
  const keep = which !== 'window';
  return {
    ...{ name: `bad ${which}`, where: segment },
    begin: () =>
      (keep ? server.client.multi().rename(key, aside) : server.client.multi())
        .set(key, 'x')
        .exec(),
    end: () => keep && server.client.multi().del(key).rename(aside, key).exec(),
    isInnocent:
      which === 'registry'
        ? (other) => keys.registry(keys.prefix(other)) !== registry
        : (other) => other !== segment,
  };
}
