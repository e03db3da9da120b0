import type { Logger } from '../../shared/logger.js';
import { NotReady } from '../../shared/probe.js';
import { primariesOf, type RedisClient } from './connection.js';

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
      const times = await Promise.all(
        primariesOf(redis).map(async (primary) => {
          const [seconds, micros] = await primary.time();
          return Number(seconds) * 1_000 + Number(micros) / 1_000;
        }),
      );
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

/** Clocks that differ by so much are told of, and by so much are not worked with: people and logs go by them too. */
const WARN_MS = 2_000;
const REFUSE_MS = 120_000;

/**
 * A check that this machine and Redis agree on the time. The log is told once each time they begin to differ, and when they
 * agree again. Throws NotReady when they are two minutes apart.
 */
export function createClockCheck({ aheadMs }: Pick<RedisClock, 'aheadMs'>, logger: Logger) {
  let differed = false;
  return () => {
    const ahead = aheadMs();
    const differs = Math.abs(ahead) >= WARN_MS;
    const words = `the clock of Redis is ${Math.abs(ahead / 1_000).toFixed(1)} s ${ahead > 0 ? 'ahead of' : 'behind'} that of this machine`;
    if (differs && !differed) logger.warn(`${words}; days are those of Redis`);
    if (!differs && differed) logger.info('the clocks of Redis and of this machine agree again');
    differed = differs;
    if (Math.abs(ahead) >= REFUSE_MS) throw new NotReady(words);
  };
}
