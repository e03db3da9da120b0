import type { MembershipGroup } from '../../../domain/membership-groups.js';
import { unpackMemberships } from '../../../domain/packed-memberships.js';
import type { RedisClient } from '../client.js';
import { redisFailure } from '../failures.js';
import type { Keys } from '../keys.js';
import type { RememberedBatch } from './remembered.js';

/** When segments were deleted last, by any ES: read from their tombstones, in microseconds by the clock of Redis. */
export interface Deletions {
  /** Notes a deletion of this ES, in case Redis loses the tombstone too. */
  note(segment: string, time: number): void;
  /**
   * Takes the groups of batches with their times, and leaves out segments that were deleted after these times.
   *
   * @throws Failure `unavailable`
   */
  leaveOut(
    batches: readonly RememberedBatch[],
  ): Promise<[groups: MembershipGroup[], time: number][]>;
}

/** Maximum of its own deletions that an ES notes; Redis has all deletions of the last two days. */
const MAX_OWN = 100_000;

export function createDeletions(redis: RedisClient, keys: Keys): Deletions {
  const own = new Map<string, number>();
  const deletedAt = async (segment: string) => {
    const tombstone = await redis.get(keys.tombstone(segment)).catch(unlessDamaged);
    return Math.max(Number(tombstone) || 0, own.get(segment) ?? 0);
  };
  return {
    note(segment, time) {
      own.delete(segment);
      own.set(segment, time);
      const [oldest] = own.keys();
      if (own.size > MAX_OWN) own.delete(oldest as string);
    },

    async leaveOut(batches) {
      const unpacked = batches.map(
        ({ packed, time }) => [unpackMemberships(packed, Number.POSITIVE_INFINITY), time] as const,
      );
      const names = unpacked.flatMap(([groups]) => groups.map(({ segment }) => segment));
      const segments = [...new Set(names)];
      const times = await Promise.all(segments.map(deletedAt));
      const deleted = new Map(segments.map((segment, at) => [segment, times[at] as number]));
      return unpacked.map(([groups, time]) => [
        groups.filter(({ segment }) => time > (deleted.get(segment) ?? 0)),
        time,
      ]);
    },
  };
}

/** A damaged tombstone counts as missing. @throws any other Failure */
function unlessDamaged(error: unknown): null {
  const failure = redisFailure(error);
  if (failure.kind === 'internal') return null;
  throw failure;
}
