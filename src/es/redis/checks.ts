import { NotReady } from '../../shared/probe.js';
import { within } from '../../shared/within.js';
import { databaseRefusal, primariesOf, type RedisClient } from './connection.js';
import { unlessForbidden } from './health.js';
import { numberIn } from './info.js';

const CONNECTING: ReadonlySet<string> = new Set(['wait', 'connecting', 'connect']);

/** A look at Redis; it rejects with why Redis cannot be worked with. */
export type RedisCheck = () => Promise<void>;

/** A check that Redis can do its work; the first one connects. */
export function createRedisCheck(redis: RedisClient, timeoutMs: number): RedisCheck {
  let isFullNow = false;
  return whileConnected(redis, timeoutMs, async () => {
    if (redis.isCluster) await checkCluster(redis);
    else await redis.ping();
    isFullNow = await looksFull(redis, isFullNow);
    if (isFullNow) throw new NotReady(FULL);
  });
}

/**
 * A check that a connection is there, which does not wait behind what is asked on it; the first one connects. An answer to
 * come is what has a connection that is silent found out.
 */
export function createConnectionCheck(redis: RedisClient, timeoutMs: number): RedisCheck {
  return whileConnected(redis, timeoutMs, async () => {
    if (redis.status !== 'ready') throw new Error('a connection is not there yet');
    for (const primary of primariesOf(redis)) primary.ping().catch(() => {});
  });
}

/**
 * Keeps a connection, and looks at what it leads to.
 *
 * @param timeoutMs how long connecting may take before it begins anew
 */
function whileConnected(redis: RedisClient, timeoutMs: number, look: RedisCheck): RedisCheck {
  let lastError: Error | undefined;
  let connectingSince: number | undefined;
  /** Since it has refused the database, what else fails on this connection tells nothing. */
  let isGivenUp = false;

  // Of a Cluster that is just failing over ioredis may wait for an answer that never comes.
  const beginAnewIfStuck = () => {
    if (!CONNECTING.has(redis.status)) connectingSince = undefined;
    if (connectingSince === undefined || performance.now() - connectingSince < timeoutMs) return;
    connectingSince = undefined;
    redis.disconnect(true);
  };
  redis.on('error', (error) => {
    const refusal = databaseRefusal(error);
    if (refusal !== undefined) lastError = new NotReady(refusal);
    else if (!isGivenUp) lastError = error;
    isGivenUp ||= refusal !== undefined;
  });
  redis.on('close', () => {
    isGivenUp = false;
  });
  redis.on('ready', () => {
    lastError = undefined;
  });
  return async () => {
    if (CONNECTING.has(redis.status)) connectingSince ??= performance.now();
    try {
      if (redis.status === 'wait') await within(timeoutMs, redis.connect());
      await look();
    } catch (error) {
      beginAnewIfStuck();
      // What the command says is only that there is no connection.
      throw lastError ?? error;
    }
  };
}

async function checkCluster(redis: RedisClient): Promise<void> {
  const info = String(await redis.cluster('INFO'));
  if (!info.includes('cluster_state:ok'))
    throw new NotReady('the cluster does not serve every slot');
}

/** A server that was full counts as full until so much of its limit is free, so that ES is not ready by turns. */
const FREE_AGAIN = 0.02;

/**
 * What Redis has no memory for it refuses, while it counts on. One that does not tell (INFO), or may throw keys away, is
 * taken as it is. On a Cluster only all servers together keep everything from being stored.
 *
 * @param wasFull whether it was at the last look
 * @returns whether it is now
 */
async function looksFull(redis: RedisClient, wasFull: boolean): Promise<boolean> {
  const infos = await Promise.all(
    primariesOf(redis).map((primary) => primary.info('memory').catch(unlessForbidden)),
  );
  const isFullServer = (info: string) => {
    const limit = numberIn(info, 'maxmemory');
    const used = numberIn(info, 'used_memory') - numberIn(info, 'mem_not_counted_for_evict');
    const most = wasFull ? limit * (1 - FREE_AGAIN) : limit;
    return limit > 0 && used >= most && /^maxmemory_policy:noeviction/m.test(info);
  };
  return infos.length > 0 && infos.every(isFullServer);
}

const FULL = 'it is full (maxmemory): stores are refused, counts go on';
