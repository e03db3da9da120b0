import type { Failure } from '../../shared/failure.js';
import { MAX_AHEAD_MS } from '../../shared/membership.js';
import type { MembershipGroup } from '../../shared/membership-groups.js';
import { utcDay } from '../../shared/utc-day.js';
import { ownerOf, type RedisClient } from './connection.js';
import { redisFailure } from './health.js';
import type { Keys } from './keys.js';
import type { ReplicaWait } from './replicas.js';
import type { Scripts } from './scripts.js';
import { createStoreCall, type StoreCall } from './store-call.js';

export interface WriterOptions {
  scripts: Scripts;
  keys: Keys;
  windowDays: number;
  redis: RedisClient;
  /** Waits until replicas have what was written, of which there must be so many. */
  waitForReplicas: ReplicaWait;
  waitReplicas: number;
  /** Whether there is room to remember more of a primary. Throws Failure where there is none. */
  checkRoom: (owner: string) => void;
  /** Told what changed a register of a primary, and when, in microseconds by the clock of Redis. */
  onStored: (owner: string, groups: readonly MembershipGroup[], time: number) => void;
  /** The clock, in milliseconds. */
  now: () => number;
  /** Until when what is sent now may be carried out, in milliseconds by the clock of Redis. */
  deadline: () => number;
}

/** Writes to Redis. */
export interface Writer {
  /**
   * Stores groups by one script call; on a Cluster by one for each slot.
   *
   * @param firstDay the first UTC day that is counted
   * @param maxSegments most segments that may be known; 0 is any number
   * @param since when what is stored again was asked for, in microseconds by the clock of Redis; 0 for what is new, which is
   *   to be remembered
   * @returns why some are not known to be stored; all others are
   */
  store(
    groups: readonly MembershipGroup[],
    firstDay: number,
    maxSegments: number,
    since?: number,
  ): Promise<ReadonlyMap<MembershipGroup, Failure>>;
}

export function createWriter(options: WriterOptions): Writer {
  const { redis, scripts, keys, windowDays, waitReplicas, now, deadline } = options;

  /** @returns why some groups of a call are not known to be stored */
  async function send(
    registry: string,
    call: StoreCall,
    isNew: boolean,
  ): Promise<Iterable<[MembershipGroup, Failure]>> {
    try {
      const owner = ownerOf(redis, registry);
      if (isNew) options.checkRoom(owner);
      const { names, values } = call.toArguments();
      const { changed, failures, time } = call.outcome(await scripts.store(names, values));
      if (isNew && changed.length > 0) options.onStored(owner, changed, time);
      await options.waitForReplicas(owner, waitReplicas);
      return failures;
    } catch (error) {
      const failure = redisFailure(error);
      return call.groups().map((group) => [group, failure] as const);
    }
  }

  return {
    async store(groups, firstDay, maxSegments, since = 0) {
      const shared = {
        ...{ keys, firstDay, windowDays },
        todays: possibleTodays(now()),
        maxSegments: keys.registryLimit(maxSegments),
        deadline: deadline(),
        since,
      };
      const calls = new Map<string, StoreCall>();
      for (const group of groups) {
        const prefix = keys.prefix(group.segment);
        const registry = keys.registry(prefix);
        let call = calls.get(registry);
        if (call === undefined) {
          call = createStoreCall({ ...shared, registry });
          calls.set(registry, call);
        }
        call.add(prefix, group);
      }
      const failures = await Promise.all(
        Array.from(calls, ([registry, call]) => send(registry, call, since === 0)),
      );
      return new Map(failures.flatMap((some) => [...some]));
    },
  };
}

/** The days that are today by some clock: clocks may differ by as much as a stamp may be ahead. */
function possibleTodays(now: number): number[] {
  return [...new Set([utcDay(now - MAX_AHEAD_MS), utcDay(now), utcDay(now + MAX_AHEAD_MS)])];
}
