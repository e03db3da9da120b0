import type { Count } from '../shared/count.js';
import type { Failure } from '../shared/failure.js';
import type { SegmentBackend } from '../shared/segment-service.js';
import { utcDay, windowOf } from '../shared/utc-day.js';
import { parseWindowDays } from './days.js';
import { createPrivateIds } from './private-ids.js';
import type { RedisClient } from './redis/connection.js';
import { redisFailure } from './redis/health.js';
import { createKeys, KEY_PREFIX } from './redis/keys.js';
import { createReplay } from './redis/replay.js';
import { createReplicaWait } from './redis/replicas.js';
import { defineScripts } from './redis/scripts.js';
import { createSegmentReader, type SegmentReader } from './redis/segment-reader.js';
import { createWriter } from './redis/writer.js';

export interface EstimatorOptions {
  redis: RedisClient;
  /** How many UTC days are counted, today included. */
  windowDays: number;
  /** Most segments that are known at once; 0, or not given, is any number. */
  maxSegments?: number;
  /** How many replicas must have a write before it counts as stored; none unless given. */
  waitReplicas?: number;
  /** How long they may take. */
  waitTimeoutMs?: number;
  /** What every key in Redis begins with; `es:` unless given. */
  keyPrefix?: string;
  /** How long Redis may take to answer, in milliseconds; what it comes to later it leaves undone. */
  timeoutMs?: number;
  /** The clock of Redis, in milliseconds; that of this machine unless given. */
  redisNow?: () => number;
  /** The clock, in milliseconds. */
  now: () => number;
  /** The key that user ids are hidden by in Redis; not hidden unless given. */
  userIdSecret?: string;
  /** Told when memberships were stored again because another server has taken over. */
  onReplayed?: (memberships: number) => void;
  /** Told that a key is not what it should be, so that its segment fails while all others go on. */
  onDamaged?: (failure: Failure) => void;
  /** Told when a window is merged, or found to be so, because it counted nothing. */
  onMerge?: () => void;
}

export interface Estimator extends SegmentBackend {
  /** To be called every second or so: looks whether another server of Redis has taken over, and then stores again what it may lack. */
  catchUp(): Promise<void>;
  /**
   * Deletes a segment: every bucket, every window and its entry in the registry, all at once. What is stored
   * later starts afresh. Nothing happens when it is not known.
   */
  remove(segment: string): Promise<void>;
  /** What Redis knows of segments. */
  reader: SegmentReader;
  /** How many UTC days are counted, today included. */
  windowDays: number;
  /** How many segments can become known at most, on a Cluster in all slots together; 0 is any number. */
  mostSegments: number;
}

/**
 * The estimates: a HyperLogLog for each segment and UTC day in Redis, the bucket, and a running merge of
 * those of today's window, which at any moment counts what the buckets together would.
 */
export function createEstimator({
  redis,
  windowDays,
  maxSegments = 0,
  waitReplicas = 0,
  waitTimeoutMs = 1_000,
  keyPrefix = KEY_PREFIX,
  timeoutMs = 3_000,
  redisNow = Date.now,
  now,
  userIdSecret = '',
  onReplayed = () => {},
  onDamaged = () => {},
  onMerge = () => {},
}: EstimatorOptions): Estimator {
  const scripts = defineScripts(redis);
  const keys = createKeys(windowDays, redis.isCluster, keyPrefix);
  const waitForReplicas = createReplicaWait(redis, waitReplicas, waitTimeoutMs);
  const reader = createSegmentReader({ redis, keys, scripts, windowDays, onMerge, now });
  const hideIds = createPrivateIds(userIdSecret);
  const firstDayOf = () => utcDay(now()) - windowDays + 1;
  const deadline = () => redisNow() + timeoutMs;
  const writer = createWriter({ scripts, keys, windowDays, waitForReplicas, now, deadline });
  const replay = createReplay({
    redis,
    // What was acknowledged has had its room.
    async store(groups) {
      const [failure] = (await writer.store(groups, firstDayOf(), 0)).values();
      if (failure !== undefined) throw failure;
    },
    now,
    onReplayed,
  });

  return {
    async store(groups) {
      const firstDay = firstDayOf();
      const window = { firstDay, days: windowDays };
      const counted = groups.filter(({ day }) => day >= firstDay);
      if (counted.length === 0) return window;
      const turn = replay.nextTurn();
      const hidden = hideIds(counted);
      const failures = await writer.store(hidden, firstDay, maxSegments);
      replay.remember(
        failures.size === 0 ? hidden : hidden.filter((group) => !failures.has(group)),
        turn,
      );
      if (failures.size === 0) return window;
      const reasons = [...failures.values()];
      const [first] = reasons;
      if (reasons.length === hidden.length && reasons.every(isUnavailable)) throw first;
      for (const failure of reasons) if (failure.kind === 'internal') onDamaged(failure);
      const refused = new Map(Array.from(failures, ([{ segment }, reason]) => [segment, reason]));
      return { ...window, refused };
    },

    catchUp: () => replay.look(),

    async count(segments, asked) {
      const days = parseWindowDays(asked, windowDays);
      const today = utcDay(now());
      const counts = await (days === windowDays
        ? reader.ofWindows(segments, today)
        : reader.ofDays(segments, windowOf(today, days)));
      for (const count of counts)
        if (typeof count !== 'number' && count.kind === 'internal') onDamaged(count);
      return new Map(segments.map((segment, index) => [segment, counts[index] as Count]));
    },

    async remove(segment) {
      const turn = replay.nextTurn();
      await scripts.remove(keysOf(segment), [keys.entry(segment), deadline()]).catch(fail);
      replay.forgetSegment(segment, turn);
      await waitForReplicas();
    },

    ...{ reader, windowDays },
    mostSegments: keys.registryLimit(maxSegments) * keys.registries().length,
  };

  /** The registry of a segment and every key it may have, by any clock that is a day off at most. */
  function keysOf(segment: string): string[] {
    const prefix = keys.prefix(segment);
    const latest = utcDay(now()) + 1;
    const names = [
      ...windowOf(latest, windowDays + 3).map(keys.bucket),
      ...windowOf(latest, 3).map(keys.window),
    ];
    return [keys.registry(prefix), ...names.map((name) => prefix + name)];
  }
}

function isUnavailable({ kind }: Failure): boolean {
  return kind === 'unavailable';
}

function fail(error: unknown): never {
  throw redisFailure(error);
}
