import { Cluster } from 'ioredis';
import type { RedisClient } from '../client.js';
import type { Keys } from '../keys.js';
import type { Scripts } from '../scripts/scripts.js';

export interface StoreTrialOptions {
  redis: RedisClient;
  scripts: Scripts;
  keys: Keys;
}

/** The outcome of a trial at one primary. */
export interface TrialOutcome {
  /** The name of the primary. */
  owner: string;
  /** Undefined when it can store. */
  error: Error | undefined;
}

/**
 * Tries, at every primary, everything that storing needs, without changing anything. The store script without groups checks
 * its permissions. ZADD XX of an empty member, which no registry has, changes nothing, but Redis refuses it whenever it
 * refuses writes: when it is full or read-only, has too few replicas, or its disk fails.
 */
export function createStoreTrial({ redis, scripts, keys }: StoreTrialOptions) {
  const registries = keys.registries();
  const tryAt = async (owner: string, registry: string): Promise<TrialOutcome> => {
    // On a Cluster the hash tag of the registry is a segment of the same slot.
    const [, segment = ''] = registry.split(/[{}]/);
    // Without a group the script checks permissions on it, and reads nothing of it.
    const bucket = keys.prefix(segment) + keys.bucket(0);
    try {
      await Promise.all([
        scripts.store({
          registry,
          firstDay: 0,
          maxSegments: 0,
          deadline: 0,
          since: 0,
          sampleSize: -1,
          isCluster: redis.isCluster,
          days: [{ ...EMPTY_DAY, buckets: [bucket] }],
        }),
        redis.zadd(registry, 'XX', 0, ''),
      ]);
      return { owner, error: undefined };
    } catch (error) {
      return { owner, error: error as Error };
    }
  };
  return (): Promise<TrialOutcome[]> =>
    Promise.all(
      Array.from(slotsOf(redis), ([owner, slot]) => tryAt(owner, registries[slot] as string)),
    );
}

const EMPTY_DAY = {
  day: 0,
  expiry: 0,
  windows: [],
  groups: [],
  userIds: [],
  isSampled: false,
  elements: [],
};

/** For each primary one of its slots, by the name of the primary. A single server has a single registry, at index 0. */
function slotsOf(redis: RedisClient): Map<string, number> {
  if (!(redis instanceof Cluster)) return new Map([['', 0]]);
  const slots = new Map<string, number>();
  for (const [slot, [owner = ''] = []] of redis.slots.entries()) {
    if (owner !== '' && !slots.has(owner)) slots.set(owner, slot);
  }
  return slots;
}
