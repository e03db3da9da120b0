import { Failure } from '../../shared/failure.js';
import type { Logger } from '../../shared/logger.js';
import { NotReady } from '../../shared/probe.js';
import { within } from '../../shared/within.js';
import { databaseRefusal, primariesOf, type RedisClient } from './connection.js';
import { numberIn } from './info.js';

const CONNECTING: ReadonlySet<string> = new Set(['wait', 'connecting', 'connect']);

/**
 * A check that Redis can do its work; the first one connects. It rejects with why it cannot.
 *
 * @param timeoutMs how long connecting may take before it begins anew
 */
export function createRedisCheck(redis: RedisClient, timeoutMs: number): () => Promise<void> {
  let lastError: Error | undefined;
  let connectingSince: number | undefined;
  let isFullNow = false;
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
      else if (redis.isCluster) await checkCluster(redis);
      else await redis.ping();
      isFullNow = await looksFull(redis, isFullNow);
      if (isFullNow) throw new NotReady(FULL);
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

/**
 * Looks once at how Redis is set up, and warns of what would lose counts. A managed Redis that forbids
 * looking is fine.
 *
 * @param waitReplicas how many replicas a store waits for
 */
export async function warnOfRedis(
  redis: RedisClient,
  { mode, waitReplicas }: { mode: string; waitReplicas: number },
  logger: Logger,
): Promise<void> {
  const warn = (what: string) => logger.warn(`Redis: ${what}`);
  try {
    const info = await redis.info();
    const [, version = ''] = /redis_version:(\S+)/.exec(info) ?? [];
    const [, policy = 'noeviction'] = /maxmemory_policy:(\S+)/.exec(info) ?? [];
    if (Number.parseFloat(version) < 7) {
      warn(`version is ${version}; 7.0 or newer is needed, older ones lack EXPIREAT NX`);
    }
    if (policy !== 'noeviction') {
      warn(`maxmemory-policy is ${policy}, which evicts counts; set it to noeviction`);
    }
    const setting = async (name: string): Promise<unknown> => {
      const config = (await redis.config('GET', name).catch(() => undefined)) as unknown;
      return Array.isArray(config) ? config[1] : undefined;
    };
    const snapshots = await setting('save');
    if (/aof_enabled:0/.test(info) && snapshots === '') {
      warn('keeps nothing on disk; set appendonly to yes, or a restart of it loses every count');
    } else if (/aof_enabled:0/.test(info)) {
      warn('appendonly is no; a crash of it loses what came since its last snapshot');
    }
    const hasReplicas = mode !== 'single' || numberIn(info, 'connected_slaves') > 0;
    if (hasReplicas && waitReplicas === 0 && (await setting('min-replicas-to-write')) === '0') {
      warn(
        'neither ES_REDIS_WAIT_REPLICAS nor its min-replicas-to-write is set; a partition leaves what it acknowledges to the memory of ES',
      );
    }
  } catch (error) {
    logger.warn(
      { err: error },
      'Redis does not tell how it is set up (INFO); what a failover loses cannot be stored again',
    );
  }
}

/** How often keys that are not what they should be are told of; every request may meet one. */
const DAMAGE_MS = 10_000;

/** Logs that a segment failed as a key of it is damaged. */
export function createDamageLog(logger: Logger): (failure: Failure) => void {
  let toldAt = Number.NEGATIVE_INFINITY;
  return ({ options: { cause } }) => {
    if (performance.now() - toldAt < DAMAGE_MS) return;
    toldAt = performance.now();
    logger.error(
      { err: cause },
      'Redis: a key is not what ES has put there; its segment answers 500, all others go on',
    );
  };
}

/** A user of Redis that may not ask does without. */
export function unlessForbidden(error: Error): string {
  if (error.message.startsWith('NOPERM')) return '';
  throw error;
}

/** What a client is told when a command failed; the error itself goes to the log as the cause. */
export function redisFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const reply = isReply(error) ? error.message : undefined;
  if (reply === undefined || AWAY.test(reply)) {
    return new Failure('unavailable', 'the store cannot be reached now; try again', {
      cause: error,
    });
  }
  return new Failure('internal', 'something went wrong inside the service', { cause: error });
}

/** The same of an error that is part of a reply. */
export function replyFailure(message: string): Failure {
  return redisFailure(Object.assign(new Error(message), { name: 'ReplyError' }));
}

/** Whether Redis has answered, and refused a command. */
export function isReply(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}

/**
 * Replies of a Redis that works, but not now: starting, failing over, full, with a user that may not do what it has to; or
 * that came to a command too late.
 */
const AWAY =
  /^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|MOVED|ASK|BUSY|OOM|NOREPLICAS|MISCONF|UNBLOCKED|NOPERM|NOAUTH|WRONGPASS|LATE)\b/;
