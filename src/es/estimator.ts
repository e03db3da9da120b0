import { type Count, type SegmentCount, usersOf } from '../domain/count.js';
import { Failure } from '../domain/failure.js';
import { firstDayOf, utcDay, windowOf } from '../domain/utc-day.js';
import { parseWindowDays } from '../domain/window-days.js';
import type { Estimator, EstimatorOptions } from './estimator-options.js';
import { createSegmentChanges } from './queries/list/segment-changes.js';
import { createRedisClock } from './redis/clock.js';
import { createStoreTrial } from './redis/health/store-trial.js';
import { createKeys, KEY_PREFIX } from './redis/keys.js';
import { countKnown } from './redis/read/count-known.js';
import { createSegmentReader } from './redis/read/segment-reader.js';
import { createDeletions } from './redis/replay/deletions.js';
import { createReplay } from './redis/replay/replay.js';
import { createLimits } from './redis/samples/limits.js';
import { createSampling } from './redis/samples/sampling.js';
import { defineScripts } from './redis/scripts/scripts.js';
import { createGate } from './redis/silent-primaries.js';
import { createWarmer } from './redis/warming/warmer.js';
import { createPrivateIds } from './redis/write/private-ids.js';
import { createRemover } from './redis/write/remover.js';
import { createReplicaWait } from './redis/write/replicas.js';
import { createWriter } from './redis/write/writer.js';

export type { Estimator } from './estimator-options.js';

/**
 * Estimates with one HyperLogLog for each segment and UTC day in Redis, the bucket, and a running merge of the buckets of
 * today's window. The merge always has the same count as the union of the buckets.
 */
export function createEstimator({
  redis,
  reads = redis,
  windowDays,
  maxSegments = 0,
  waitReplicas = 0,
  waitTimeoutMs = 1_000,
  keyPrefix = KEY_PREFIX,
  timeoutMs = 3_000,
  unreplicatedMaxBytes = 64 * 1024 * 1024,
  whenUnreplicated = 'auto',
  mode = 'single',
  clock = createRedisClock(redis),
  now,
  userIdSecret = '',
  onReplayed = () => {},
  onDamaged = () => {},
  sampleSize = 1_024,
  onSampleSize = () => {},
  onMerge = () => {},
  warming = { percent: 5 },
}: EstimatorOptions): Estimator {
  const scripts = defineScripts(redis);
  const keys = createKeys(windowDays, redis.isCluster, keyPrefix);
  const gate = createGate(redis);
  const waitForReplicas = createReplicaWait(redis, waitTimeoutMs);
  const forReads = { redis: reads, scripts: defineScripts(reads), gate: createGate(reads) };
  const sampling = createSampling({
    redis,
    keys,
    windowDays,
    size: sampleSize,
    now,
    countKnown: () => countKnown(redis, keys),
    onReduced: onSampleSize,
  });
  const reader = createSegmentReader({ ...forReads, keys, windowDays, sampling, onMerge, now });
  const warmer = createWarmer({ ...forReads, ...warming, keys, windowDays, sampling, reader, now });
  const hideIds = createPrivateIds(userIdSecret);
  const firstDayNow = () => firstDayOf(utcDay(now()), windowDays);
  const deadline = () => clock.deadline(timeoutMs);
  const changes = createSegmentChanges();
  const deletions = createDeletions(redis, keys);
  const replay = createReplay({
    redis,
    keys,
    deletions,
    maxBytes: unreplicatedMaxBytes,
    dropsOldest: whenUnreplicated === 'auto' ? mode === 'single' : whenUnreplicated === 'go-on',
    expectsReplicas: mode === 'sentinel',
    onReplayed,
    timeoutMs,
    now: clock.now,
    async store(groups, since) {
      const firstDay = firstDayNow();
      const counted = groups.filter(({ day }) => day >= firstDay);
      // No limit on segments: acknowledged memberships have already passed it.
      for (const failure of (await writer.store(counted, firstDay, 0, since)).values()) {
        if (failure.kind !== 'internal') throw failure;
        // One damaged key must not prevent ES from becoming ready.
        onDamaged(failure);
      }
    },
  });
  const writer = createWriter({
    redis,
    scripts,
    keys,
    gate,
    windowDays,
    sampling,
    limits: createLimits(),
    waitForReplicas,
    waitReplicas,
    now,
    deadline,
    checkRoom: replay.checkRoom,
    onStored: replay.remember,
    onKnown: ({ segment, day }, time) => changes.note(segment, day, time),
    onDoubt: replay.doubt,
  });

  return {
    async store(groups) {
      const firstDay = firstDayNow();
      const window = { firstDay, days: windowDays };
      const counted = groups.filter(({ day }) => day >= firstDay);
      if (counted.length === 0) return window;
      const hidden = hideIds(counted);
      const failures = await writer.store(hidden, firstDay, maxSegments);
      if (failures.size === 0) return window;
      const reasons = [...failures.values()];
      const [first] = reasons;
      if (reasons.length === hidden.length && reasons.every(({ kind }) => kind === 'unavailable'))
        throw first;
      for (const failure of reasons) if (failure.kind === 'internal') onDamaged(failure);
      const refused = new Map(Array.from(failures, ([{ segment }, reason]) => [segment, reason]));
      return { ...window, refused };
    },

    async catchUp() {
      await clock.look();
      // Without it no sample is made.
      await sampling.renew().catch(() => {});
      await replay.look();
    },

    atStake: replay.atStake,

    async count(segments, asked) {
      const days = parseWindowDays(asked, windowDays);
      const today = utcDay(now());
      const counts = await (days === windowDays
        ? reader.ofWindows(segments, today)
        : reader.ofDays(segments, windowOf(today, days)));
      for (const count of counts)
        if (count instanceof Failure && count.kind === 'internal') onDamaged(count);
      return new Map(
        segments.map((segment, index): [string, Count] => [
          segment,
          usersOf(counts[index] as SegmentCount),
        ]),
      );
    },

    remove: createRemover({
      redis,
      keys,
      scripts,
      replay,
      waitForReplicas,
      waitReplicas,
      now,
      deadline,
      onRemoved(segment, time) {
        deletions.note(segment, time);
        changes.note(segment, null, time);
      },
    }),

    tryStore: createStoreTrial({ redis, scripts, keys }),
    reader,
    warmer,
    windowDays,
    changes,
    mostSegments: keys.registryLimit(maxSegments) * keys.registries().length,
  };
}
