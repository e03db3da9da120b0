import { MAX_AHEAD_MS } from '../shared/membership.js';
import type { MembershipGroup } from '../shared/membership-groups.js';
import type { SegmentBackend } from '../shared/segment-service.js';
import { utcDay, windowOf } from '../shared/utc-day.js';
import { noRoom } from '../shared/window.js';
import { parseWindowDays } from './days.js';
import { createPrivateIds } from './private-ids.js';
import type { RedisClient } from './redis/connection.js';
import { redisFailure } from './redis/health.js';
import { createKeys } from './redis/keys.js';
import { createReplay } from './redis/replay.js';
import { createReplicaWait } from './redis/replicas.js';
import { defineScripts } from './redis/scripts.js';
import { createSegmentReader, type SegmentReader } from './redis/segment-reader.js';
import { createStoreCall, type StoreCall } from './redis/store-call.js';

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
  /** The clock, in milliseconds. */
  now: () => number;
  /** The key that user ids are hidden by in Redis; not hidden unless given. */
  userIdSecret?: string;
  /** Told when memberships were stored again because another server has taken over. */
  onReplayed?: (memberships: number) => void;
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
  reads = redis,
  windowDays,
  maxSegments = 0,
  waitReplicas = 0,
  waitTimeoutMs = 1_000,
  now,
  userIdSecret = '',
  onReplayed = () => {},
  onMerge = () => {},
}: EstimatorOptions): Estimator {
  const scripts = defineScripts(redis);
  const keys = createKeys(windowDays, redis.isCluster);
  const waitForReplicas = createReplicaWait(redis, waitReplicas, waitTimeoutMs);
  const reader = createSegmentReader({
    redis: reads,
    keys,
    scripts: defineScripts(reads),
    windowDays,
    onMerge,
    now,
  });
  const hideIds = createPrivateIds(userIdSecret);
  const replay = createReplay({
    redis,
    // What was acknowledged has had its room.
    async store(groups) {
      await write(groups, utcDay(now()) - windowDays + 1, 0);
    },
    now,
    onReplayed,
  });

  return {
    async store(groups) {
      const firstDay = utcDay(now()) - windowDays + 1;
      const counted = groups.filter(({ day }) => day >= firstDay);
      if (counted.length === 0) return { firstDay, days: windowDays };
      const turn = replay.nextTurn();
      const hidden = hideIds(counted);
      const refused = await write(hidden, firstDay, maxSegments).catch(fail);
      if (refused.size === 0) {
        replay.remember(hidden, turn);
        return { firstDay, days: windowDays };
      }
      replay.remember(
        hidden.filter((group) => !refused.has(group)),
        turn,
      );
      const reason = noRoom();
      const segments = new Map(Array.from(refused, ({ segment }) => [segment, reason]));
      return { firstDay, days: windowDays, refused: segments };
    },

    catchUp: () => replay.look(),

    async count(segments, asked) {
      const days = parseWindowDays(asked, windowDays);
      const today = utcDay(now());
      const counts = await (days === windowDays
        ? reader.ofWindows(segments, today)
        : reader.ofDays(segments, windowOf(today, days)));
      return new Map(segments.map((segment, index) => [segment, counts[index] as number]));
    },

    async remove(segment) {
      const turn = replay.nextTurn();
      await scripts.remove(keysOf(segment), [keys.entry(segment)]).catch(fail);
      replay.forgetSegment(segment, turn);
      await waitForReplicas();
    },

    ...{ reader, windowDays },
    mostSegments: keys.registryLimit(maxSegments) * keys.registries().length,
  };

  /**
   * One script call for all groups; on a Cluster one for each slot.
   *
   * @returns the groups that were refused because as many segments are known as there may be; 0 is any number
   */
  async function write(
    groups: readonly MembershipGroup[],
    firstDay: number,
    most: number,
  ): Promise<ReadonlySet<MembershipGroup>> {
    const todays = possibleTodays(now());
    const shared = { keys, firstDay, todays, windowDays, maxSegments: keys.registryLimit(most) };
    const calls = new Map<string, StoreCall>();
    for (const group of groups) {
      const prefix = keys.prefix(group.segment);
      const registry = keys.registry(prefix);
      let call = calls.get(registry);
      if (call === undefined) {
        call = createStoreCall({ ...shared, registry });
        calls.set(registry, call);
      }
      call.add(prefix, group);
    }
    const refused = await Promise.all(
      Array.from(calls.values(), async (call) => {
        const { names, values } = call.toArguments();
        return call.groupsAt(await scripts.store(names, values));
      }),
    );
    await waitForReplicas();
    return new Set(refused.flat());
  }

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

/** The days that are today by some clock: clocks may differ by as much as a stamp may be ahead. */
function possibleTodays(now: number): number[] {
  return [...new Set([utcDay(now - MAX_AHEAD_MS), utcDay(now), utcDay(now + MAX_AHEAD_MS)])];
}

function fail(error: unknown): never {
  throw redisFailure(error);
}
