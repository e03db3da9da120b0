import keySlot from 'cluster-key-slot';
import { utcDay, windowOf } from '../../shared/utc-day.js';
import type { RedisClient } from './connection.js';
import { redisFailure } from './health.js';
import type { Keys } from './keys.js';
import type { Replay } from './replay.js';
import { type ReplicaWait, tooFewReplicas } from './replicas.js';
import { ownerOf } from './replication.js';
import type { Scripts } from './scripts.js';

export interface RemovalOptions {
  redis: RedisClient;
  scripts: Scripts;
  keys: Keys;
  windowDays: number;
  waitReplicas: number;
  waitForReplicas: ReplicaWait;
  replay: Replay;
  /** The clock, in milliseconds. */
  now: () => number;
  /** Until when what is sent now may be carried out, in milliseconds by the clock of Redis. */
  deadline: () => number;
}

/** How long a tombstone stands: longer than anything is remembered that was stored before. */
const TOMBSTONE_S = 2 * 24 * 3_600;

/**
 * Deletes a segment, and leaves a tombstone, so that no ES stores again what was stored before. Where replicas belong to
 * the primary one has to have it, or a failover would bring the segment back.
 */
export function createRemoval(options: RemovalOptions): (segment: string) => Promise<void> {
  const { redis, scripts, keys, windowDays, waitReplicas, waitForReplicas, replay } = options;
  const { now, deadline } = options;

  /** The registry of a segment, its tombstone and every key it may have, by any clock that is a day off at most. */
  function keysOf(prefix: string): string[] {
    const latest = utcDay(now()) + 1;
    const names = [
      keys.tombstone,
      ...windowOf(latest, windowDays + 3).map(keys.bucket),
      ...windowOf(latest, 3).map(keys.window),
    ];
    return [keys.registry(prefix), ...names.map((name) => prefix + name)];
  }

  return async (segment) => {
    const prefix = keys.prefix(segment);
    const primary = ownerOf(redis, () => keySlot(prefix));
    const { isReplicated, online } = replay.memoryOf(primary);
    // Waiting for none would hold up what comes behind on the connection.
    if (isReplicated && online === 0) throw tooFewReplicas();
    const values = [keys.entry(segment), deadline(), TOMBSTONE_S];
    const time = await scripts.remove(keysOf(prefix), values).catch((error) => {
      throw redisFailure(error);
    });
    replay.forgetSegment(segment, time);
    await waitForReplicas(primary, Math.max(waitReplicas, isReplicated ? 1 : 0));
  };
}
