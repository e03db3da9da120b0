import { expect } from 'chai';
import { Failure } from '../../src/domain/failure.js';
import { DAY_MS, formatUtcDay, utcDay, windowOf } from '../../src/domain/utc-day.js';
import { createEstimator, type Estimator } from '../../src/es/estimator.js';
import type { RedisClient } from '../../src/es/redis/client.js';
import { codeOfHash, isExact, type Sample } from '../../src/es/sketch/sample.js';
import { hashUser } from '../../src/es/sketch/user-hash.js';

export const WINDOW_DAYS = 4;

/** A UTC midnight ahead of Redis's own clock, so that nothing expires while the clock of a test runs on. */
const START = (utcDay(Date.now()) + 100) * DAY_MS;

/** What may happen to a segment. */
export type Step =
  | { kind: 'store'; es: number; days: { daysAgo: number; users: number[] }[] }
  | { kind: 'count'; es: number }
  | { kind: 'remove'; es: number }
  | { kind: 'restart'; es: number }
  | { kind: 'clock'; ms: number }
  | { kind: 'midnight'; beforeMs: number };

/** Several ES with caches of their own, and plain sets with what is stored in one segment by them. */
export interface Model {
  take(step: Step): Promise<void>;
  /** Compares all that an ES tells with the sets. */
  expectTrue(es: number): Promise<void>;
}

/**
 * @param sizes of the samples of each ES
 * @param segment that nothing is stored in yet
 */
export function createModel(redis: RedisClient, sizes: readonly number[], segment: string): Model {
  const clock = { time: START };
  const now = () => clock.time;
  const start = (sampleSize: number) =>
    createEstimator({ redis, windowDays: WINDOW_DAYS, now, sampleSize });
  const all = sizes.map(start);
  const days = new Map<number, Set<string>>();
  const least = Math.min(...sizes);
  const at = (es: number) => all[es] as Estimator;
  const union = (asked: readonly number[]) =>
    new Set(asked.flatMap((day) => [...(days.get(day) ?? [])]));

  function expectCount(counted: unknown, users: Set<string>, what: string): void {
    expect(counted, what).not.to.be.instanceOf(Failure);
    const { users: found, exact } = counted as { users: number; exact: boolean };
    if (exact) expect(found, what).to.equal(users.size);
    if (least > 0 && users.size <= least) expect(exact, `${what} of ${users.size}`).to.equal(true);
  }

  function expectSample(sample: Sample, users: Set<string>, what: string): void {
    const hashes = Array.from(users, hashUser).sort((one, other) => one - other);
    const codes = hashes.map(codeOfHash).filter((code) => code < sample.limit);
    expect([...sample.codes], what).to.deep.equal([...new Set(codes)]);
    if (isExact(sample)) expect([...(sample.hashes as Float64Array)], what).to.deep.equal(hashes);
    else if (least > 0) expect(users.size, what).to.be.greaterThan(least);
  }

  /** Registers are the same as those of a HyperLogLog that the users are added to now. */
  async function expectBucket(day: number): Promise<void> {
    const users = [...(days.get(day) ?? [])];
    const bucket = `es:{${segment}}:${formatUtcDay(day)}`;
    const fresh = `es:{${segment}}:fresh`;
    await redis.del(fresh);
    if (users.length > 0) await redis.pfadd(fresh, ...users);
    expect(await redis.pfcount(bucket), formatUtcDay(day)).to.equal(await redis.pfcount(fresh));
    await redis.del(fresh);
  }

  return {
    async take(asked) {
      const step = 'es' in asked ? { ...asked, es: asked.es % sizes.length } : asked;
      if (step.kind === 'clock') clock.time += step.ms;
      else if (step.kind === 'midnight') {
        clock.time = (utcDay(now()) + 1) * DAY_MS - step.beforeMs;
      } else if (step.kind === 'restart') all[step.es] = start(sizes[step.es] as number);
      else if (step.kind === 'count') await at(step.es).count([segment]);
      else if (step.kind === 'remove') {
        await at(step.es).remove(segment);
        days.clear();
      } else {
        const groups = step.days.map(({ daysAgo, users }) => ({
          segment,
          day: utcDay(now()) - daysAgo,
          userIds: users.map((user) => `u${user}`),
        }));
        const { refused } = await at(step.es).store(groups);
        expect(refused).to.equal(undefined);
        for (const { day, userIds } of groups) {
          const users = days.get(day) ?? new Set<string>();
          for (const userId of userIds) users.add(userId);
          days.set(day, users);
        }
      }
      if (step.kind === 'clock' || step.kind === 'midnight') {
        for (const es of all) await es.catchUp();
      }
    },

    async expectTrue(es) {
      const { reader } = at(es % sizes.length);
      const today = utcDay(now());
      const window = windowOf(today, WINDOW_DAYS);
      for (const day of window) await expectBucket(day);
      const [whole] = await reader.ofWindows([segment], today);
      expectCount(whole, union(window), 'window');
      for (const some of [window.slice(-1), window.slice(-2), window.slice(0, 3)]) {
        const [counted] = await reader.ofDays([segment], some);
        expectCount(counted, union(some), `${some.length} days`);
      }
      for (const count of [1, 2, WINDOW_DAYS]) {
        const sample = await reader.sample(segment, today, count);
        expectSample(sample, union(window.slice(-count)), `sample of ${count} days`);
      }
      for (const [index, sample] of (await reader.dailySamples(segment, today)).entries()) {
        expectSample(sample, union(window.slice(index, index + 1)), `sample of day ${index}`);
      }
    },
  };
}
