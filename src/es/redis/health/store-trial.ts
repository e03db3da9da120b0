import { Cluster } from 'ioredis';
import type { RedisClient } from '../client.js';
import type { Keys } from '../keys.js';
import type { Scripts } from '../scripts/scripts.js';

export interface StoreTrialOptions {
  redis: RedisClient;
  scripts: Scripts;
  keys: Keys;
}

/** How a trial has ended at a primary: what it is called, and what it refused; undefined where it took everything. */
export interface TrialOutcome {
  owner: string;
  error: Error | undefined;
}

/**
 * Tries at every primary what storing needs, and writes nothing: the script that stores, of no groups, which asks
 * for its permissions; and a write that changes nothing, since no member of a registry is empty, which Redis
 * refuses where it refuses any (full, read-only, too few replicas, a disk that fails).
 */
export function createStoreTrial({ redis, scripts, keys }: StoreTrialOptions) {
  const registries = keys.registries();
  const tryAt = async (owner: string, registry: string): Promise<TrialOutcome> => {
    // On a Cluster a segment of the same slot.
    const [, segment = ''] = registry.split(/[{}]/);
    const bucket = keys.prefix(segment) + keys.bucket(0);
    try {
      await Promise.all([
        scripts.store({
          registry,
          firstDay: 0,
          maxSegments: 0,
          deadline: 0,
          since: 0,
          days: [{ day: 0, expiry: 0, windows: 0, groups: 0, keys: [bucket], values: [] }],
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

/** A slot of each primary, by what it is called. A single server has all registries, of which there is one. */
function slotsOf(redis: RedisClient): Map<string, number> {
  if (!(redis instanceof Cluster)) return new Map([['', 0]]);
  const slots = new Map<string, number>();
  for (const [slot, [owner = ''] = []] of redis.slots.entries()) {
    if (owner !== '' && !slots.has(owner)) slots.set(owner, slot);
  }
  return slots;
}
