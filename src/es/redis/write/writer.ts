import { Failure } from '../../../domain/failure.js';
import { getOrCreate } from '../../../domain/get-or-create.js';
import type { MembershipGroup } from '../../../domain/membership-groups.js';
import { countClosings, ownerOf, type RedisClient } from '../client.js';
import { isReply, redisFailure, throwRedisFailure } from '../failures.js';
import type { Keys } from '../keys.js';
import type { Limits } from '../samples/limits.js';
import type { Sampling } from '../samples/sampling.js';
import type { Scripts } from '../scripts/scripts.js';
import type { Gate } from '../silent-primaries.js';
import { possibleTodays } from '../warming/last-hour.js';
import type { ReplicaWait } from './replicas.js';
import { createStoreCall, type StoreCall } from './store-call.js';

export interface WriterOptions {
  scripts: Scripts;
  keys: Keys;
  gate: Gate;
  windowDays: number;
  sampling: Sampling;
  /** The limits of samples that ES knows. */
  limits: Limits;
  redis: RedisClient;
  waitForReplicas: ReplicaWait;
  /** How many replicas must have a write before it counts as stored. */
  waitReplicas: number;
  /** @throws Failure if there is no room to remember more writes of a primary */
  checkRoom: (owner: string) => void;
  /** Called with the groups that changed a register of a primary, and TIME of Redis in microseconds. */
  onStored: (owner: string, groups: readonly MembershipGroup[], time: number) => void;
  /** Called with each group whose segment became known, and TIME of Redis in microseconds. */
  onKnown: (group: MembershipGroup, time: number) => void;
  /** Called with groups that may have been stored, or may still be stored, because Redis has not answered. */
  onDoubt: (owner: string, groups: readonly MembershipGroup[]) => void;
  /** The clock, in milliseconds. */
  now: () => number;
  /** Until when Redis may run a script that is sent now, in milliseconds by its clock. */
  deadline: () => number;
}

/** Writes to Redis. */
export interface Writer {
  /**
   * Stores groups with one script call; on a Cluster with one for each slot.
   *
   * @param firstDay the first UTC day that is counted
   * @param maxSegments the maximum of known segments; 0 means no limit
   * @param since for groups that are stored again: when their tombstones were read, in microseconds by the clock of Redis;
   *   0 for new groups, which are remembered
   * @returns the groups that may not be stored, and why; all others are stored
   */
  store(
    groups: readonly MembershipGroup[],
    firstDay: number,
    maxSegments: number,
    since?: number,
  ): Promise<ReadonlyMap<MembershipGroup, Failure>>;
}

export function createWriter(options: WriterOptions): Writer {
  const { redis, scripts, keys, gate, windowDays, waitReplicas, now, deadline } = options;
  const { sampling, limits } = options;
  const closings = countClosings(redis);

  /**
   * @returns whether Redis has answered; `failures` gets the groups that may not be stored, `again` those that must be sent
   *   again
   */
  async function send(
    owner: string,
    [registry, call]: [registry: string, call: StoreCall],
    isNew: boolean,
    failures: Map<MembershipGroup, Failure>,
    again: MembershipGroup[],
  ): Promise<boolean> {
    const run = async () => {
      const before = closings();
      // A script that ran twice reports no change the second time, so its groups would not be remembered as changed.
      const doubt = (mayHaveRun: boolean) => {
        if (isNew && (mayHaveRun || closings() !== before)) options.onDoubt(owner, call.groups());
      };
      try {
        const outcome = call.outcome(await scripts.store(call.input()));
        if (isNew && outcome.changed.length > 0) {
          options.onStored(owner, outcome.changed, outcome.time);
        }
        for (const group of outcome.known) options.onKnown(group, outcome.time);
        doubt(false);
        return outcome;
      } catch (error) {
        doubt(mayHaveRun(error));
        throw error;
      }
    };
    try {
      if (isNew) options.checkRoom(owner);
      const outcome = await gate.pass(registry, run);
      for (const [group, failure] of outcome.failures) failures.set(group, failure);
      again.push(...outcome.again);
      return true;
    } catch (error) {
      const failure = redisFailure(error);
      for (const group of call.groups()) failures.set(group, failure);
      return false;
    }
  }

  const writer: Writer = {
    async store(groups, firstDay, maxSegments, since = 0) {
      await sampling.known().catch(throwRedisFailure);
      const shared = {
        keys,
        sampling,
        limits,
        isCluster: redis.isCluster,
        firstDay,
        windowDays,
        todays: possibleTodays(now()),
        maxSegments: keys.registryLimit(maxSegments),
        deadline: deadline(),
        since,
      };
      const primaries = new Map<string, Map<string, StoreCall>>();
      for (const group of groups) {
        const prefix = keys.prefix(group.segment);
        const registry = keys.registry(prefix);
        const calls = getOrCreate(primaries, ownerOf(redis, registry), () => new Map());
        const call = getOrCreate(calls, registry, () => createStoreCall({ ...shared, registry }));
        call.add(prefix, group);
      }
      const failures = new Map<MembershipGroup, Failure>();
      const again: MembershipGroup[] = [];
      const write = async ([owner, calls]: [string, Map<string, StoreCall>]) => {
        const sent = Array.from(calls, (one) => send(owner, one, since === 0, failures, again));
        if (!(await Promise.all(sent)).includes(true)) return;
        await options.waitForReplicas(owner, waitReplicas).catch((failure) => {
          for (const call of calls.values()) {
            for (const group of call.groups()) failures.set(group, failure);
          }
        });
      };
      await Promise.all(Array.from(primaries, write));
      if (again.length > 0) {
        for (const one of await writer.store(again, firstDay, maxSegments, since)) {
          failures.set(...one);
        }
      }
      return failures;
    },
  };
  return writer;
}

/** Whether Redis may have run a failed command, or may still run it. */
function mayHaveRun(error: unknown): boolean {
  if (error instanceof Failure || isReply(error)) return false;
  return !NOT_SENT.test(error instanceof Error ? error.message : '');
}

/** The errors of ioredis for commands that it did not send, or that were refused until it gave up. */
const NOT_SENT =
  /^(Stream isn't writeable|Cluster isn't ready|Too many Cluster redirections\. Last error: ReplyError)/;
