import type { Count } from '../shared/count.js';
import type { Failure } from '../shared/failure.js';
import type { SegmentBackend } from '../shared/segment-service.js';
import { utcDay, windowOf } from '../shared/utc-day.js';
import { parseWindowDays } from './days.js';
import { createPrivateIds } from './private-ids.js';
import type { RedisClient } from './redis/connection.js';
import { createKeys, KEY_PREFIX } from './redis/keys.js';
import { createRemoval } from './redis/removal.js';
import { createReplay, type Replay } from './redis/replay.js';
import { createReplicaWait } from './redis/replicas.js';
import { UNREPLICATED_MAX_BYTES, type WhenUnreplicated } from './redis/schema.js';
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
  /** How Redis runs; `single` unless given. */
  mode?: string;
  /** Most bytes that are kept for what no replica has; 64 MiB unless given. */
  unreplicatedMaxBytes?: number;
  /** What happens there: `refuse` to store more, or `go-on` and forget the oldest; by the mode unless given. */
  whenUnreplicated?: WhenUnreplicated;
  /** Told when that bound is met, and when there is room again. */
  onBound?: (isMet: boolean) => void;
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
  /** What no replica has, and memberships that were forgotten all the same. */
  readonly atStake: Replay['atStake'];
  /** What Redis knows of segments. */
  reader: SegmentReader;
  /** How many UTC days are counted, today included. */
  windowDays: number;
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
  mode = 'single',
  unreplicatedMaxBytes = UNREPLICATED_MAX_BYTES,
  whenUnreplicated = 'by-mode',
  onBound = () => {},
  onReplayed = () => {},
  onDamaged = () => {},
  onMerge = () => {},
}: EstimatorOptions): Estimator {
  const scripts = defineScripts(redis);
  const keys = createKeys(windowDays, redis.isCluster, keyPrefix);
  const waitForReplicas = createReplicaWait(redis, waitTimeoutMs);
  const reader = createSegmentReader({ redis, keys, scripts, windowDays, onMerge, now });
  const hideIds = createPrivateIds(userIdSecret);
  const firstDayOf = () => utcDay(now()) - windowDays + 1;
  const replay = createReplay({
    ...{ redis, mode, now, onReplayed, onBound },
    maxBytes: unreplicatedMaxBytes,
    goesOn: whenUnreplicated === 'go-on' || (whenUnreplicated === 'by-mode' && mode === 'single'),
    store: (groups) => writer.storeAgain(groups, firstDayOf()),
  });
  const writer = createWriter({
    ...{ redis, scripts, keys, windowDays, waitReplicas, waitForReplicas },
    ...{ now, redisNow, timeoutMs, memoryOf: replay.memoryOf },
  });
  const remove = createRemoval({
    ...{ redis, scripts, keys, windowDays, waitReplicas, waitForReplicas, now },
    ...{ deadline: () => redisNow() + timeoutMs, replay },
  });

  return {
    async store(groups) {
      const firstDay = firstDayOf();
      const window = { firstDay, days: windowDays };
      const counted = groups.filter(({ day }) => day >= firstDay);
      if (counted.length === 0) return window;
      const hidden = hideIds(counted);
      const failures = await writer.store(hidden, { firstDay, maxSegments });
      if (failures.size === 0) return window;
      const reasons = [...failures.values()];
      const [first] = reasons;
      if (reasons.length === hidden.length && reasons.every(isUnavailable)) throw first;
      reasons.filter(isOurs).forEach(onDamaged);
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
      counts
        .filter((count) => typeof count !== 'number')
        .filter(isOurs)
        .forEach(onDamaged);
      return new Map(segments.map((segment, index) => [segment, counts[index] as Count]));
    },

    remove,

    get atStake() {
      return replay.atStake;
    },

    ...{ reader, windowDays },
  };
}

function isUnavailable({ kind }: Failure): boolean {
  return kind === 'unavailable';
}

/** Whether it is no fault of who asked, nor of Redis being away. */
function isOurs({ kind }: Failure): boolean {
  return kind === 'internal';
}
