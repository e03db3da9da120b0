import { createClockCheck } from '../../../process/clock-check.js';
import { type Probe, startProbe } from '../../../process/probe.js';
import type { Logger } from '../../../telemetry/logger.js';
import type { Estimator } from '../../estimator.js';
import { type RedisConfig, redisTarget } from '../connection/connect.js';
import type { OpenRedis } from '../connection/open.js';
import { checkReplicas, createStoreCheck } from './checks.js';
import { warnOfRedis } from './warnings.js';

export interface RedisProbeOptions {
  config: RedisConfig & { waitReplicas: number };
  opened: OpenRedis;
  estimator: Pick<Estimator, 'tryStore' | 'catchUp' | 'warmer'>;
  logger: Logger;
  /** Called with the first outcome and with each change. */
  onChange: (ok: boolean) => void;
}

/** Watches whether Redis can store, and stores again the memberships that a new primary may lack. */
export function startRedisProbe(options: RedisProbeOptions): Probe {
  const { config, opened, estimator, logger, onChange } = options;
  const { redis, clock, check } = opened;
  const checkStore = createStoreCheck(redis, estimator.tryStore, logger);
  const checkClock = createClockCheck('Redis', 'days are those of Redis', logger);
  const probe = startProbe({
    target: redisTarget(config),
    async check() {
      await check(checkStore);
      await estimator.catchUp();
      // Without it windows are merged later in the day.
      await estimator.warmer.announce().catch(() => {});
      checkClock(clock.aheadMs());
      // This comes after storing again: a new primary has no replica yet.
      await check(() => checkReplicas(redis, config.waitReplicas));
    },
    logger,
    onChange,
  });
  void probe.ready.then(() => warnOfRedis(redis, config, logger));
  return probe;
}
