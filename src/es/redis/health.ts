import { Failure } from '../../shared/failure.js';
import type { Logger } from '../../shared/logger.js';
import type { RedisClient } from './connection.js';

/**
 * Looks once at how Redis is set up, and warns of what would lose counts. A managed Redis that forbids
 * looking is fine.
 */
export async function warnOfRedis(redis: RedisClient, logger: Logger): Promise<void> {
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
    const config = (await redis.config('GET', 'save').catch(() => undefined)) as unknown;
    const snapshots = Array.isArray(config) ? config[1] : undefined;
    if (/aof_enabled:0/.test(info) && snapshots === '') {
      warn('keeps nothing on disk; set appendonly to yes, or a restart of it loses every count');
    } else if (/aof_enabled:0/.test(info)) {
      warn('appendonly is no; a crash of it loses what came since its last snapshot');
    }
  } catch (error) {
    logger.warn(
      { err: error },
      'Redis does not tell how it is set up (INFO); what a failover loses cannot be stored again',
    );
  }
}

/** A user of Redis that may not ask does without. */
export function unlessForbidden(error: Error): string {
  if (error.message.startsWith('NOPERM')) return '';
  throw error;
}

/** Whether Redis refused a write because it has no memory left; it still answers what only reads. */
export function isFull(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('OOM');
}

/** What a client is told when a command failed; the error itself goes to the log as the cause. */
export function redisFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const refused = error instanceof Error && error.name === 'ReplyError' ? error.message : undefined;
  if (refused === undefined || AWAY.test(refused)) {
    return new Failure('unavailable', 'the store cannot be reached now; try again', {
      cause: error,
    });
  }
  return new Failure('internal', 'something went wrong inside the service', { cause: error });
}

/** Replies of a Redis that works, but not now: starting, failing over, full. */
const AWAY =
  /^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|MOVED|ASK|BUSY|OOM|NOREPLICAS|MISCONF|UNBLOCKED)\b/;
