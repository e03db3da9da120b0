import type { Failure } from '../../../domain/failure.js';
import type { Logger } from '../../../telemetry/logger.js';
import type { RedisClient } from '../client.js';
import { numberIn } from '../info.js';

/**
 * Logs a warning for each setting of Redis that could lose counts. A managed Redis may refuse to show its settings.
 *
 * @param waitReplicas how many replicas a store waits for
 */
export async function warnOfRedis(
  redis: RedisClient,
  { mode, waitReplicas }: { mode: string; waitReplicas: number },
  logger: Logger,
): Promise<void> {
  const warn = (message: string) => logger.warn(`Redis: ${message}`);
  try {
    const info = await redis.info();
    const [, policy = 'noeviction'] = /maxmemory_policy:(\S+)/.exec(info) ?? [];
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

/** The minimum time between two logs of damaged keys, because every request may find one. */
const DAMAGE_LOG_MS = 10_000;

/** Logs that a segment failed because one of its keys is damaged. */
export function createDamageLog(logger: Logger): (failure: Failure) => void {
  let loggedAt = Number.NEGATIVE_INFINITY;
  return ({ options: { cause } }) => {
    if (performance.now() - loggedAt < DAMAGE_LOG_MS) return;
    loggedAt = performance.now();
    logger.error(
      { err: cause },
      'Redis: a key is not what ES has put there; its segment answers 500, all others go on',
    );
  };
}
