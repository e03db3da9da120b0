import { shareOfHeap } from '../limits/heap.js';
import type { Release } from '../process/lifecycle.js';
import type { Logger } from '../telemetry/logger.js';
import type { Metrics } from '../telemetry/metrics/metrics.js';
import type { EsConfig } from './config.js';
import { createEstimator, type Estimator } from './estimator.js';
import { type OpenRedis, openRedis } from './redis/connection/open.js';
import { createDamageLog } from './redis/health/warnings.js';
import { showAtStake } from './redis/metrics/replay-metrics.js';
import { countMerges, countWarming, showSegments } from './redis/metrics/segment-metrics.js';
import { SPARE_ENTRIES } from './redis/samples/sampling.js';

export interface OpenEstimatorOptions {
  logger: Logger;
  metrics: Metrics;
  /** A clock in milliseconds. @default the clock of Redis */
  now?: (() => number) | undefined;
}

export interface OpenEstimator {
  opened: OpenRedis;
  estimator: Estimator;
  /** The clock of ES, in milliseconds. */
  now: () => number;
}

/** Makes the estimator with its connections to Redis, and shows its state in logs and metrics. */
export function openEstimator(
  config: EsConfig,
  { logger, metrics, now: ownNow }: OpenEstimatorOptions,
  onRelease: (release: Release) => void,
): OpenEstimator {
  const { registry, enabled: measured } = metrics;
  const opened = openRedis(config.redis, { logger, registry, measured, onRelease });
  const { redis, reads, clock } = opened;
  const now = ownNow ?? clock.now;
  const unreplicatedMaxBytes = shareOfHeap(config.redis.unreplicatedMaxBytes);
  const estimator = createEstimator({
    ...config.redis,
    unreplicatedMaxBytes,
    redis,
    reads,
    windowDays: config.window.days,
    maxSegments: config.maxSegments,
    userIdSecret: config.userIdSecret,
    now,
    clock,
    sampleSize: config.sampleSize,
    onSampleSize: (size) => logger.warn(smallerSamples(config.sampleSize, size)),
    onMerge: countMerges(registry),
    warming: { percent: config.window.warmPercent, ...countWarming(registry) },
    onDamaged: createDamageLog(logger),
    onReplayed: (memberships) =>
      logger.warn(`another Redis has taken over; stored the last ${memberships} memberships again`),
  });
  showAtStake(registry, estimator.atStake, unreplicatedMaxBytes);
  showSegments(registry, estimator.reader, config.maxSegments);
  const { mostSegments } = estimator;
  if (mostSegments > 2 * config.maxSegments) {
    logger.warn(
      `ES_MAX_SEGMENTS=${config.maxSegments} is too few for the slots of a Cluster, each of which has its share: up to ${mostSegments} segments may become known`,
    );
  }
  return { opened, estimator, now };
}

function smallerSamples(wanted: number, size: number): string {
  return `Redis: set-max-intset-entries allows samples of ${size} users, not of ES_SAMPLE_SIZE=${wanted}; set it to ${wanted + SPARE_ENTRIES} on every server`;
}
