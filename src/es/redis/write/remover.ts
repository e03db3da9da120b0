import { utcDay } from '../../../domain/utc-day.js';
import { ownerOf, type RedisClient } from '../client.js';
import { throwRedisFailure } from '../failures.js';
import type { Keys } from '../keys.js';
import type { Replay } from '../replay/replay.js';
import type { Scripts } from '../scripts/scripts.js';
import { type ReplicaWait, tooFewReplicas } from './replicas.js';

export interface RemoverOptions {
  redis: RedisClient;
  keys: Keys;
  scripts: Pick<Scripts, 'remove'>;
  replay: Pick<Replay, 'hasReplicas' | 'connectedReplicas'>;
  waitForReplicas: ReplicaWait;
  /** How many replicas must have a write before it counts as done. */
  waitReplicas: number;
  /** The clock, in milliseconds. */
  now: () => number;
  /** Until when Redis may run a script that is sent now, in milliseconds by its clock. */
  deadline: () => number;
  /** Called with TIME of Redis, in microseconds. */
  onRemoved: (segment: string, time: number) => void;
}

/** How long Redis keeps the time of a deletion: longer than any ES remembers memberships of the segment. */
const TOMBSTONE_SECONDS = 2 * 24 * 3_600;

/** Deletes a segment, as `remove` of the estimator does. */
export function createRemover(options: RemoverOptions): (segment: string) => Promise<void> {
  const { redis, keys, scripts, replay, waitForReplicas, waitReplicas, now, deadline } = options;
  return async (segment) => {
    const registry = keys.registry(keys.prefix(segment));
    const owner = ownerOf(redis, registry);
    // If no replica has the deletion, a failover would bring the segment back.
    const replicas = Math.max(waitReplicas, replay.hasReplicas(owner) ? 1 : 0);
    // WAIT blocks the connection, so it is not sent if no replica can acknowledge the write.
    if (replicas > 0 && replay.connectedReplicas(owner) === 0) throw tooFewReplicas();
    const time = await scripts
      .remove({
        registry,
        tombstone: keys.tombstone(segment),
        data: keys.dataOf(segment, utcDay(now()) + 1),
        entry: keys.entry(segment),
        deadline: deadline(),
        tombstoneSeconds: TOMBSTONE_SECONDS,
      })
      .catch(throwRedisFailure);
    options.onRemoved(segment, time);
    await waitForReplicas(owner, replicas);
  };
}
