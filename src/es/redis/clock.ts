import { answersOf, type RedisClient } from './client.js';

/** The clock of Redis, so that all who work with it have one day, however their own clocks are. */
export interface RedisClock {
  /** Its time in milliseconds; that of this machine until Redis was first asked. */
  now(): number;
  /** Until when what takes so long may be carried out, by the latest of the clocks; 0 until Redis was first asked. */
  deadline(timeoutMs: number): number;
  /** How much later it is there than by the clock of this machine, in milliseconds. */
  aheadMs(): number;
  /** Asks Redis. Throws what it says. */
  look(): Promise<void>;
}

interface Seen {
  /** On a Cluster the median of all primaries. */
  ms: number;
  latestMs: number;
  /** When it was seen, by the clock that nobody sets. */
  at: number;
}

/** Between two looks the time is told by the monotonic clock of this machine. */
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
