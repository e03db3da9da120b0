import type { Count } from '../domain/count.js';
import type { Failure } from '../domain/failure.js';
import { utcDay, windowOf } from '../domain/utc-day.js';
import { parseWindowDays } from '../domain/window-days.js';
import type { SegmentBackend } from '../segment-service/segment-service.js';
import { createSegmentChanges, type SegmentChanges } from './queries/list/segment-changes.js';
import { ownerOf, type RedisClient } from './redis/client.js';
import { createRedisClock, type RedisClock } from './redis/clock.js';
import { redisFailure } from './redis/failures.js';
import { createGate } from './redis/gate.js';
import { createStoreTrial, type TrialOutcome } from './redis/health/store-trial.js';
import { createKeys, KEY_PREFIX } from './redis/keys.js';
import { createSegmentReader, type SegmentReader } from './redis/read/segment-reader.js';
import { createDeletions } from './redis/replay/deletions.js';
import { createReplay } from './redis/replay/replay.js';
import { defineScripts } from './redis/scripts/scripts.js';
import { createPrivateIds } from './redis/write/private-ids.js';
import { createReplicaWait, tooFewReplicas } from './redis/write/replicas.js';
import { createWriter } from './redis/write/writer.js';

export interface EstimatorOptions {
  redis: RedisClient;
  /** What is read by, so that nothing that is stored waits behind it; `redis` unless given. */
  reads?: RedisClient;
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
  /** The most bytes that are remembered and on no replica of a primary yet; 64 MiB unless given. */
  unreplicatedMaxBytes?: number;
  /** Whether no more is taken then, or the oldest is forgotten; `auto` takes no more with Sentinel and on a Cluster. */
  whenUnreplicated?: string;
  /** How Redis runs; as one server unless given. */
  mode?: string;
  /** The clock of Redis; asked every time `catchUp` is called. */
  clock?: RedisClock;
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
  /** Bytes of what no replica has, where there should be one, and memberships that were forgotten all the same. */
  atStake(): { bytes: number; dropped: number };
  /** Tries at every primary of Redis what storing needs, and writes nothing. */
  tryStore(): Promise<TrialOutcome[]>;
  /** Which segments this process has made known or deleted. */
  changes: SegmentChanges;
  /** What Redis knows of segments. */
  reader: SegmentReader;
  /** How many UTC days are counted, today included. */
  windowDays: number;
  /** How many segments can become known at most, on a Cluster in all slots together; 0 is any number. */
  mostSegments: number;
}

/** How long it is known that a segment was deleted: longer than anybody remembers what was stored in it. */
const TOMBSTONE_S = 2 * 24 * 3_600;

/**
 * The estimates: a HyperLogLog for each segment and UTC day in Redis, the bucket, and a running merge of
 * those of today's window, which at any moment counts what the buckets together would.
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
  onMerge = () => {},
}: EstimatorOptions): Estimator {
  const scripts = defineScripts(redis);
  const keys = createKeys(windowDays, redis.isCluster, keyPrefix);
  const gate = createGate(redis);
  const waitForReplicas = createReplicaWait(redis, waitTimeoutMs);
  const reader = createSegmentReader({
    ...{ redis: reads, keys, windowDays, onMerge, now },
    ...{ scripts: defineScripts(reads), gate: createGate(reads) },
  });
  const hideIds = createPrivateIds(userIdSecret);
  const firstDayOf = () => utcDay(now()) - windowDays + 1;
  const deadline = () => clock.deadline(timeoutMs);
  const changes = createSegmentChanges();
  const deletions = createDeletions(redis, keys);
  const replay = createReplay({
    ...{ redis, keys, deletions, onReplayed, timeoutMs, now: clock.now },
    maxBytes: unreplicatedMaxBytes,
    dropsOldest: whenUnreplicated === 'auto' ? mode === 'single' : whenUnreplicated === 'go-on',
    expectsReplicas: mode === 'sentinel',
    // What was acknowledged has had its room.
    async store(groups, since) {
      const firstDay = firstDayOf();
      const counted = groups.filter(({ day }) => day >= firstDay);
      for (const failure of (await writer.store(counted, firstDay, 0, since)).values()) {
        if (failure.kind !== 'internal') throw failure;
        // One broken key is not to keep ES from being ready.
        onDamaged(failure);
      }
    },
  });
  const writer = createWriter({
    ...{ redis, scripts, keys, gate, windowDays, waitForReplicas, waitReplicas, now, deadline },
    checkRoom: replay.checkRoom,
    onStored: replay.remember,
    onKnown: ({ segment, day }, time) => changes.note(segment, day, time),
    onDoubt: replay.doubt,
  });

  return {
    async store(groups) {
      const firstDay = firstDayOf();
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
        if (typeof count !== 'number' && count.kind === 'internal') onDamaged(count);
      return new Map(segments.map((segment, index) => [segment, counts[index] as Count]));
    },

    async remove(segment) {
      const registry = keys.registry(keys.prefix(segment));
      const owner = ownerOf(redis, registry);
      // A failover would bring the segment back.
      const replicas = Math.max(waitReplicas, replay.hasReplicas(owner) ? 1 : 0);
      // To wait for none would hold up what comes behind on the connection.
      if (replicas > 0 && replay.connectedReplicas(owner) === 0) throw tooFewReplicas();
      const time = await scripts
        .remove({
          registry,
          tombstone: keys.tombstone(segment),
          data: keys.dataOf(segment, utcDay(now()) + 1),
          entry: keys.entry(segment),
          deadline: deadline(),
          tombstoneSeconds: TOMBSTONE_S,
        })
        .catch(fail);
      deletions.note(segment, time);
      changes.note(segment, null, time);
      await waitForReplicas(owner, replicas);
    },

    tryStore: createStoreTrial({ redis, scripts, keys }),
    ...{ reader, windowDays, changes },
    mostSegments: keys.registryLimit(maxSegments) * keys.registries().length,
  };
}

function fail(error: unknown): never {
  throw redisFailure(error);
}
