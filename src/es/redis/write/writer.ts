import { Failure } from '../../../domain/failure.js';
import { MAX_AHEAD_MS } from '../../../domain/membership.js';
import type { MembershipGroup } from '../../../domain/membership-groups.js';
import { utcDay } from '../../../domain/utc-day.js';
import { countClosings, ownerOf, type RedisClient } from '../client.js';
import { isReply, redisFailure } from '../failures.js';
import type { Gate } from '../gate.js';
import type { Keys } from '../keys.js';
import type { Scripts } from '../scripts/scripts.js';
import type { ReplicaWait } from './replicas.js';
import { createStoreCall, type StoreCall } from './store-call.js';

export interface WriterOptions {
  scripts: Scripts;
  keys: Keys;
  gate: Gate;
  windowDays: number;
  redis: RedisClient;
  /** Waits until replicas have what was written, of which there must be so many. */
  waitForReplicas: ReplicaWait;
  waitReplicas: number;
  /** Whether there is room to remember more of a primary. Throws Failure where there is none. */
  checkRoom: (owner: string) => void;
  /** Told what changed a register of a primary, and when, in microseconds by the clock of Redis. */
  onStored: (owner: string, groups: readonly MembershipGroup[], time: number) => void;
  /** Told of a group whose segment has become known, and when, in microseconds by the clock of Redis. */
  onKnown: (group: MembershipGroup, time: number) => void;
  /** Told what may have been stored, or may yet be, as nobody has answered. */
  onDoubt: (owner: string, groups: readonly MembershipGroup[]) => void;
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
  const { redis, scripts, keys, gate, windowDays, waitReplicas, now, deadline } = options;
  const closings = countClosings(redis);

  /** @returns whether it was answered; `failures` gets why some groups are not known to be stored */
  async function send(
    owner: string,
    [registry, call]: [registry: string, call: StoreCall],
    isNew: boolean,
    failures: Map<MembershipGroup, Failure>,
  ): Promise<boolean> {
    const run = async () => {
      const before = closings();
      // Of what is sent again, by us or by ioredis, nothing changes a register that the first has changed.
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
      return true;
    } catch (error) {
      const failure = redisFailure(error);
      for (const group of call.groups()) failures.set(group, failure);
      return false;
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
      const primaries = new Map<string, Map<string, StoreCall>>();
      for (const group of groups) {
        const prefix = keys.prefix(group.segment);
        const registry = keys.registry(prefix);
        const calls = entryOf(primaries, ownerOf(redis, registry), () => new Map());
        const call = entryOf(calls, registry, () => createStoreCall({ ...shared, registry }));
        call.add(prefix, group);
      }
      const failures = new Map<MembershipGroup, Failure>();
      const write = async ([owner, calls]: [string, Map<string, StoreCall>]) => {
        const sent = Array.from(calls, (one) => send(owner, one, since === 0, failures));
        if (!(await Promise.all(sent)).includes(true)) return;
        await options.waitForReplicas(owner, waitReplicas).catch((failure) => {
          for (const call of calls.values()) {
            for (const group of call.groups()) failures.set(group, failure);
          }
        });
      };
      await Promise.all(Array.from(primaries, write));
      return failures;
    },
  };
}

function entryOf<Key, Value>(map: Map<Key, Value>, key: Key, create: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) {
    value = create();
    map.set(key, value);
  }
  return value;
}

/** Whether a command that failed has been carried out, or may yet be. */
function mayHaveRun(error: unknown): boolean {
  if (error instanceof Failure || isReply(error)) return false;
  return !NOT_SENT.test(error instanceof Error ? error.message : '');
}

/** What ioredis says of commands that it did not send, or that were refused until it gave up. */
const NOT_SENT =
  /^(Stream isn't writeable|Cluster isn't ready|Too many Cluster redirections\. Last error: ReplyError)/;

/** The days that are today by some clock: clocks may differ by as much as a stamp may be ahead. */
function possibleTodays(now: number): number[] {
  return [...new Set([utcDay(now - MAX_AHEAD_MS), utcDay(now), utcDay(now + MAX_AHEAD_MS)])];
}
