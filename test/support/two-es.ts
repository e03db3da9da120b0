import { expect } from 'chai';
import { Redis } from 'ioredis';
import { DAY_MS, formatUtcDay, utcDay, windowOf } from '../../src/domain/utc-day.js';
import { createEstimator, type Estimator } from '../../src/es/estimator.js';
import { startRedis, type TestRedis } from './system.js';

/** A UTC midnight ahead of Redis's own clock, so that nothing expires while the clock of a test runs on. */
export const MIDNIGHT = (utcDay(Date.now()) + 100) * DAY_MS;
export const TODAY = utcDay(MIDNIGHT) - 1;
export const WINDOW_DAYS = 4;

export const windowKey = (segment: string, day: number) =>
  `es:{${segment}}:window-${WINDOW_DAYS}:${formatUtcDay(day)}`;
export const bucketKey = (segment: string, day: number) => `es:{${segment}}:${formatUtcDay(day)}`;

/** Two ES on one Redis. */
export interface TwoEs {
  /** The clock of the first. */
  clock: { time: number };
  /** The clocks of both. */
  clocks: readonly [() => number, () => number];
  es: [Estimator, Estimator];
  /** How many windows they had to merge to count them. */
  readonly merges: number;
  /** Counts a segment at one of them: as many as the buckets of its window, and without merging one that is there. */
  expectTrue(es: 0 | 1, segment: string): Promise<void>;
}

/** A Redis with what makes two ES on it. */
export interface RedisOfTwo {
  redis: TestRedis;
  /**
   * Empties Redis.
   *
   * @param beforeMs how long before midnight the clock of the first is
   * @param skewMs how far that of the second is ahead of it
   */
  start(beforeMs: number, skewMs: number): Promise<TwoEs>;
  close(): Promise<void>;
}

export async function startRedisOfTwo(): Promise<RedisOfTwo> {
  const redis = await startRedis();
  const connections = [0, 1].map(() => new Redis(redis.url.replace('unix://', '')));
  return {
    redis,
    async start(beforeMs, skewMs) {
      await redis.client.flushall();
      const clock = { time: MIDNIGHT - beforeMs };
      const clocks = [() => clock.time, () => clock.time + skewMs] as const;
      let merges = 0;
      const es = clocks.map((now, index) =>
        createEstimator({
          redis: connections[index] as Redis,
          windowDays: WINDOW_DAYS,
          now,
          warming: { percent: 100 },
          onMerge: () => {
            merges += 1;
          },
        }),
      ) as [Estimator, Estimator];
      return {
        clock,
        clocks,
        es,
        get merges() {
          return merges;
        },
        async expectTrue(which, segment) {
          const today = utcDay(clocks[which]());
          const before = merges;
          const isWarm = await redis.client.exists(windowKey(segment, today));
          const counted = (await es[which].count([segment])).get(segment);
          const buckets = windowOf(today, WINDOW_DAYS).map((day) => bucketKey(segment, day));
          expect(counted).to.equal(await redis.client.pfcount(...buckets));
          if (isWarm === 1) expect(merges).to.equal(before);
        },
      };
    },
    async close() {
      for (const connection of connections) connection.disconnect();
      await redis.close();
    },
  };
}
