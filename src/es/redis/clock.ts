import { answersOf, type RedisClient } from './client.js';

/** The clock of Redis. Every ES uses it, so that all agree on the day even if their own clocks differ. */
export interface RedisClock {
  /** The time of Redis in milliseconds; before the first request to Redis, the time of this machine. */
  now(): number;
  /**
   * The deadline for a command that may take this long, by the latest clock of the primaries; 0 before the first request to
   * Redis.
   */
  deadline(timeoutMs: number): number;
  /** How far the clock of Redis is ahead of the clock of this machine, in milliseconds. */
  aheadMs(): number;
  /** Asks Redis for the time. @throws the error of Redis */
  look(): Promise<void>;
}

interface Seen {
  /** The median over the primaries. */
  ms: number;
  latestMs: number;
  /** When Redis was asked, by the monotonic clock. */
  at: number;
}

/** Between two requests to Redis, the monotonic clock of this machine continues the time of Redis. */
export function createRedisClock(redis: RedisClient): RedisClock {
  let seen: Seen | undefined;
  const now = () => (seen === undefined ? Date.now() : seen.ms + performance.now() - seen.at);
  return {
    now,
    deadline: (timeoutMs) =>
      seen === undefined ? 0 : Math.ceil(seen.latestMs + performance.now() - seen.at + timeoutMs),
    aheadMs: () => (seen === undefined ? 0 : now() - Date.now()),
    async look() {
      const asked = performance.now();
      const times = await answersOf(redis, async (primary) => {
        const [seconds, micros] = await primary.time();
        return Number(seconds) * 1_000 + Number(micros) / 1_000;
      });
      if (times.length === 0) return;
      times.sort((one, other) => one - other);
      const at = (asked + performance.now()) / 2;
      seen = {
        ms: times[times.length >> 1] as number,
        latestMs: times.at(-1) as number,
        at,
      };
    },
  };
}
