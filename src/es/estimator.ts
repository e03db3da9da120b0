import { Failure } from '../shared/failure.js';
import { MAX_AHEAD_MS } from '../shared/membership.js';
import type { MembershipGroup } from '../shared/membership-groups.js';
import type { SegmentBackend } from '../shared/segment-service.js';
import { utcDay, windowOf } from '../shared/utc-day.js';
import { createPrivateIds } from './private-ids.js';
import type { RedisClient } from './redis/connection.js';
import { redisFailure } from './redis/health.js';
import { createKeys } from './redis/keys.js';
import { pfcountEach } from './redis/pfcount.js';
import { createReplay } from './redis/replay.js';
import { createReplicaWait } from './redis/replicas.js';
import { defineScripts } from './redis/scripts.js';
import { createStoreCall, type StoreCall } from './redis/store-call.js';

export interface EstimatorOptions {
  redis: RedisClient;
  /** How many UTC days are counted, today included. */
  windowDays: number;
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
}

export interface Estimator extends SegmentBackend {
  /** To be called every second or so: looks whether another server of Redis has taken over, and then stores again what it may lack. */
  catchUp(): Promise<void>;
}

/**
 * The estimates: a HyperLogLog for each segment and UTC day in Redis, the bucket, and a running merge of
 * those of today's window, which at any moment counts what the buckets together would.
 */
export function createEstimator({
  redis,
  windowDays,
  waitReplicas = 0,
  waitTimeoutMs = 1_000,
  now,
  userIdSecret = '',
  onReplayed = () => {},
}: EstimatorOptions): Estimator {
  const scripts = defineScripts(redis);
  const keys = createKeys(windowDays, redis.isCluster);
  const waitForReplicas = createReplicaWait(redis, waitReplicas, waitTimeoutMs);
  const hideIds = createPrivateIds(userIdSecret);
  const replay = createReplay({
    redis,
    store: (groups) => write(groups, utcDay(now()) - windowDays + 1),
    now,
    onReplayed,
  });

  return {
    async store(groups) {
      const firstDay = utcDay(now()) - windowDays + 1;
      const counted = hideIds(groups.filter(({ day }) => day >= firstDay));
      if (counted.length > 0) {
        await write(counted, firstDay).catch(fail);
        replay.remember(counted);
      }
      return { firstDay, days: windowDays };
    },

    catchUp: () => replay.look(),

    async count(segments, days = windowDays) {
      if (days < 1 || days > windowDays) {
        throw new Failure('invalid', `days must be a whole number from 1 to ${windowDays}`);
      }
      const today = utcDay(now());
      const counts = await (days === windowDays
        ? countWindows(segments, today)
        : countBuckets(segments, windowOf(today, days))
      ).catch(fail);
      return new Map(segments.map((segment, index) => [segment, counts[index] as number]));
    },
  };

  /** One script call for all groups; on a Cluster one for each slot. */
  async function write(groups: readonly MembershipGroup[], firstDay: number): Promise<void> {
    const todays = possibleTodays(now());
    const calls = new Map<string, StoreCall>();
    for (const group of groups) {
      const prefix = keys.prefix(group.segment);
      const registry = keys.registry(prefix);
      let call = calls.get(registry);
      if (call === undefined) {
        call = createStoreCall({ keys, registry, firstDay, todays, windowDays });
        calls.set(registry, call);
      }
      call.add(prefix, group);
    }
    await Promise.all(
      Array.from(calls.values(), (call) => {
        const { names, values } = call.toArguments();
        return scripts.store(names, values);
      }),
    );
    await waitForReplicas();
  }

  /** A window that counts 0 may be one that nobody has merged today. */
  async function countWindows(segments: readonly string[], today: number): Promise<number[]> {
    const window = keys.window(today);
    const counts = await pfcountEach(
      redis,
      segments.map((segment) => [keys.prefix(segment) + window]),
    );
    const merge = async (index: number) => {
      const names = [window, ...windowOf(today, windowDays).map(keys.bucket)];
      const prefix = keys.prefix(segments[index] as string);
      counts[index] = await scripts.merge(
        names.map((name) => prefix + name),
        [keys.windowExpiry(today)],
      );
    };
    await Promise.all(counts.flatMap((count, index) => (count === 0 ? [merge(index)] : [])));
    return counts;
  }

  function countBuckets(segments: readonly string[], days: readonly number[]): Promise<number[]> {
    const buckets = days.map(keys.bucket);
    return pfcountEach(
      redis,
      segments.map((segment) => buckets.map((bucket) => keys.prefix(segment) + bucket)),
    );
  }
}

/** The days that are today by some clock: clocks may differ by as much as a stamp may be ahead. */
function possibleTodays(now: number): number[] {
  return [...new Set([utcDay(now - MAX_AHEAD_MS), utcDay(now), utcDay(now + MAX_AHEAD_MS)])];
}

function fail(error: unknown): never {
  throw redisFailure(error);
}
