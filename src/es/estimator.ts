import type { Redis } from 'ioredis';
import { Failure } from '../shared/failure.js';
import { MAX_AHEAD_MS, type Window } from '../shared/membership.js';
import type { MembershipGroup } from '../shared/membership-groups.js';
import type { SegmentBackend } from '../shared/segment-service.js';
import { utcDay, windowOf } from '../shared/utc-day.js';
import { redisFailure } from './redis/connection.js';
import { createKeys } from './redis/keys.js';
import { defineScripts } from './redis/scripts.js';

export interface EstimatorOptions {
  redis: Redis;
  /** How many UTC days are counted, today included. */
  windowDays: number;
  /** The clock, in milliseconds. */
  now: () => number;
}

/**
 * The estimates: a HyperLogLog for each segment and UTC day in Redis, the bucket, and a running merge of
 * those of today's window, which at any moment counts what the buckets together would.
 */
export function createEstimator({ redis, windowDays, now }: EstimatorOptions): SegmentBackend {
  const scripts = defineScripts(redis);
  const keys = createKeys(windowDays);

  return {
    async store(groups) {
      const window = windowAt(now());
      const counted = groups.filter(({ day }) => day >= window.firstDay);
      if (counted.length > 0) await write(counted, window).catch(fail);
      return window;
    },

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

  function windowAt(time: number): Window {
    return { firstDay: utcDay(time) - windowDays + 1, days: windowDays };
  }

  async function write(groups: readonly MembershipGroup[], { firstDay }: Window): Promise<void> {
    const todays = possibleTodays(now());
    const names: string[] = [keys.registry];
    const values: (string | number)[] = [firstDay];
    for (const [day, ofDay] of byDay(groups)) {
      const bucket = keys.bucket(day);
      const windows = todays
        .filter((today) => day <= today && day > today - windowDays)
        .map(keys.window);
      values.push(day, keys.bucketExpiry(day), windows.length, ofDay.length);
      for (const { segment, userIds } of ofDay) {
        const prefix = keys.prefix(segment);
        names.push(prefix + bucket);
        for (const window of windows) names.push(prefix + window);
        values.push(userIds.length);
        for (const userId of userIds) values.push(userId);
      }
    }
    await scripts.store(names, values);
  }

  /** A window that counts 0 may be one that nobody has merged today. */
  async function countWindows(segments: readonly string[], today: number): Promise<number[]> {
    const window = keys.window(today);
    const counts = await pfcountEach(segments.map((segment) => [keys.prefix(segment) + window]));
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
      segments.map((segment) => buckets.map((bucket) => keys.prefix(segment) + bucket)),
    );
  }

  /** One PFCOUNT for each list of keys, all in one write to the socket. */
  async function pfcountEach(lists: readonly string[][]): Promise<number[]> {
    const pipeline = redis.pipeline();
    for (const list of lists) pipeline.pfcount(...list);
    const replies = (await pipeline.exec()) ?? [];
    return replies.map(([error, count]) => {
      if (error) throw error;
      return count as number;
    });
  }
}

function byDay(groups: readonly MembershipGroup[]): Map<number, MembershipGroup[]> {
  const days = new Map<number, MembershipGroup[]>();
  for (const group of groups) {
    const ofDay = days.get(group.day);
    if (ofDay === undefined) days.set(group.day, [group]);
    else ofDay.push(group);
  }
  return days;
}

/** The days that are today by some clock: clocks may differ by as much as a stamp may be ahead. */
function possibleTodays(now: number): number[] {
  return [...new Set([utcDay(now - MAX_AHEAD_MS), utcDay(now), utcDay(now + MAX_AHEAD_MS)])];
}

function fail(error: unknown): never {
  throw redisFailure(error);
}
