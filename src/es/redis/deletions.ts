import type { RedisClient } from './connection.js';
import { redisFailure } from './health.js';
import type { Keys } from './keys.js';

/** When segments were deleted, in microseconds by the clock of Redis. */
export interface Deletions {
  /** Notes what Redis has a tombstone of, for where it loses that. */
  note(segment: string, time: number): void;
  /** When some were deleted last, by whichever ES; 0 of one that was not. Throws what Redis says. */
  timesOf(segments: readonly string[]): Promise<Map<string, number>>;
}

/** Deletions that are noted here; Redis has all of two days. */
const MAX_NOTED = 100_000;

export function createDeletions(redis: RedisClient, keys: Keys): Deletions {
  const noted = new Map<string, number>();
  return {
    note(segment, time) {
      noted.delete(segment);
      noted.set(segment, time);
      const [oldest] = noted.keys();
      if (noted.size > MAX_NOTED) noted.delete(oldest as string);
    },
    async timesOf(segments) {
      const times = await Promise.all(
        segments.map(async (segment) => {
          const tombstone = await redis.get(keys.tombstone(segment)).catch(unlessDamaged);
          return Math.max(Number(tombstone) || 0, noted.get(segment) ?? 0);
        }),
      );
      return new Map(segments.map((segment, index) => [segment, times[index] as number]));
    },
  };
}

/** A tombstone that is something else tells nothing. */
function unlessDamaged(error: unknown): null {
  const failure = redisFailure(error);
  if (failure.kind === 'internal') return null;
  throw failure;
}
