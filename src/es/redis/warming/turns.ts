import { setTimeout as delay } from 'node:timers/promises';
import type { RedisClient } from '../client.js';

/** How long one turn may take, in case that its process ends meanwhile. */
const LONGEST_MS = 10_000;

/** How long to wait before asking again for a turn that somebody else has. */
const ASK_AGAIN_MS = 20;

/** Runs one piece of work at a time among all ES on a Redis, so that together they use a share of its time. */
export interface Turns {
  /**
   * Waits for a turn, and works. After it nobody has a turn until the work was only its share of the time since it began.
   *
   * @throws the error of Redis, what the work throws, and an AbortError
   */
  take<Result>(work: () => Promise<Result>, signal: AbortSignal): Promise<Result>;
}

/**
 * A turn is a key that expires. There is no leader: whoever asks first after it has expired has the next turn.
 *
 * @param percent the share, of 100
 * @param onTurn called with how long each turn took, in milliseconds
 */
export function createTurns(
  redis: RedisClient,
  key: string,
  percent: number,
  onTurn: (ms: number) => void = () => {},
): Turns {
  return {
    async take(work, signal) {
      while ((await redis.set(key, '', 'PX', LONGEST_MS, 'NX')) === null) {
        await delay(ASK_AGAIN_MS * (0.5 + Math.random()), undefined, { signal, ref: false });
      }
      signal.throwIfAborted();
      const start = performance.now();
      try {
        return await work();
      } finally {
        const took = performance.now() - start;
        onTurn(took);
        await redis.pexpire(key, Math.ceil(took * (100 / percent - 1)));
      }
    },
  };
}
