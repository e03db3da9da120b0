import keySlot from 'cluster-key-slot';
import { Failure } from '../../shared/failure.js';
import { MAX_AHEAD_MS } from '../../shared/membership.js';
import type { MembershipGroup } from '../../shared/membership-groups.js';
import { utcDay } from '../../shared/utc-day.js';
import type { RedisClient } from './connection.js';
import { isReply, redisFailure } from './health.js';
import type { Keys } from './keys.js';
import type { Memory } from './memory.js';
import type { StoredGroup } from './remembered.js';
import type { ReplicaWait } from './replicas.js';
import { ownerOf } from './replication.js';
import type { Scripts } from './scripts.js';
import { createStoreCall, type StoreCall } from './store-call.js';

export interface WriterOptions {
  redis: RedisClient;
  scripts: Scripts;
  keys: Keys;
  windowDays: number;
  /** How many replicas must have a write before it counts as stored. */
  waitReplicas: number;
  waitForReplicas: ReplicaWait;
  /** The clock, in milliseconds. */
  now: () => number;
  /** The clock of Redis, in milliseconds. */
  redisNow: () => number;
  /** How long Redis may take; what it comes to later it leaves undone. */
  timeoutMs: number;
  /** What was stored on a primary. */
  memoryOf: (primary: string) => Memory;
}

export interface WriteOptions {
  /** The first UTC day that is counted. */
  firstDay: number;
  /** Most segments that may be known; 0 is any number. */
  maxSegments: number;
}

/** Writes to Redis, and remembers what it wrote. */
export interface Writer {
  /**
   * Stores groups by one script call; on a Cluster by one for each slot.
   *
   * @returns why some are not known to be stored; all others are
   */
  store(groups: readonly MembershipGroup[], options: WriteOptions): Promise<Failures>;
  /** Stores groups again, whatever else is remembered, but for those of segments that were deleted since. */
  storeAgain(groups: readonly StoredGroup[], firstDay: number): Promise<Failures>;
}

export type Failures = ReadonlyMap<MembershipGroup, Failure>;

/** Calls for the slots of one primary. */
type CallsByRegistry = Map<string, StoreCall>;

/** How far the clocks of ES and Redis may be apart until what was sent can no longer be carried out. */
const CLOCK_MARGIN_MS = 3_000;

export function createWriter(options: WriterOptions): Writer {
  const { redis, scripts, keys, windowDays, now, redisNow, timeoutMs, memoryOf } = options;
  const { waitReplicas, waitForReplicas } = options;

  async function storeAll(
    groups: readonly (MembershipGroup | StoredGroup)[],
    { firstDay, maxSegments }: WriteOptions,
    isAgain: boolean,
  ): Promise<Failures> {
    const shared = {
      ...{ keys, firstDay, windowDays, isAgain },
      todays: possibleTodays(now()),
      maxSegments: keys.registryLimit(maxSegments),
      deadline: redisNow() + timeoutMs,
    };
    const primaries = new Map<string, CallsByRegistry>();
    for (const group of groups) {
      const prefix = keys.prefix(group.segment);
      const registry = keys.registry(prefix);
      const calls = entryOf(
        primaries,
        ownerOf(redis, () => keySlot(prefix)),
        () => new Map(),
      );
      const call = entryOf(calls, registry, () => createStoreCall({ ...shared, registry }));
      call.add(prefix, group);
    }
    const failures = new Map<MembershipGroup, Failure>();
    const writes = Array.from(primaries, ([name, calls]) =>
      writeTo(name, [...calls.values()], shared.deadline, isAgain, failures),
    );
    await Promise.all(writes);
    return failures;
  }

  /** Sends calls to a primary. @param failures gets what is not known to be stored */
  async function writeTo(
    name: string,
    calls: readonly StoreCall[],
    until: number,
    isAgain: boolean,
    failures: Map<MembershipGroup, Failure>,
  ): Promise<void> {
    const failAll = (call: StoreCall, failure: Failure) => {
      for (const group of call.groups()) failures.set(group, failure);
    };
    if (!isAgain && memoryOf(name).isFull()) {
      const failure = notReplicated();
      for (const call of calls) failAll(call, failure);
      return;
    }
    const send = async (call: StoreCall) => {
      try {
        for (const [group, failure] of await sendTo(name, call, until, isAgain)) {
          failures.set(group, failure);
        }
        return true;
      } catch (error) {
        failAll(call, redisFailure(error));
        return false;
      }
    };
    const sent = await Promise.all(calls.map(send));
    if (!sent.includes(true)) return;
    await waitForReplicas(name, waitReplicas).catch((failure) => {
      for (const call of calls) failAll(call, failure);
    });
  }

  async function sendTo(
    name: string,
    call: StoreCall,
    until: number,
    isAgain: boolean,
  ): Promise<Failures> {
    const { names, values } = call.toArguments();
    const stored = (groups: readonly (MembershipGroup | StoredGroup)[], time: number) =>
      groups.map((group) => ('storedAt' in group ? group : { ...group, storedAt: time }));
    try {
      const { changed, failures, time } = call.outcome(await scripts.store(names, values));
      // What is stored again is new to no register of a replica that took over, but may be to its own replicas.
      memoryOf(name).remember(stored(isAgain ? call.groups() : changed, time));
      return failures;
    } catch (error) {
      // It may have been carried out, or yet be; what is then sent again changes nothing, and would not be remembered.
      if (mayHaveRun(error)) {
        const settled = now() + timeoutMs + CLOCK_MARGIN_MS;
        memoryOf(name).doubt(stored(call.groups(), until * 1_000), settled);
      }
      throw error;
    }
  }

  return {
    store: (groups, writeOptions) => storeAll(groups, writeOptions, false),
    storeAgain: (groups, firstDay) => storeAll(groups, { firstDay, maxSegments: 0 }, true),
  };
}

/** Whether a command that failed has been carried out, or may yet be. */
function mayHaveRun(error: unknown): boolean {
  return !isReply(error) && !NOT_SENT.test(error instanceof Error ? error.message : '');
}

/** What ioredis says of commands that it did not send, or that were refused until it gave up. */
const NOT_SENT = /^(Stream isn't writeable|Cluster isn't ready|Too many Cluster redirections)/;

function notReplicated(): Failure {
  return new Failure(
    'unavailable',
    'no replica of the store has what was stored last, and no more is taken until one has; try again',
  );
}

function entryOf<Key, Value>(map: Map<Key, Value>, key: Key, create: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) {
    value = create();
    map.set(key, value);
  }
  return value;
}

/** The days that are today by some clock: clocks may differ by as much as a stamp may be ahead. */
function possibleTodays(now: number): number[] {
  return [...new Set([utcDay(now - MAX_AHEAD_MS), utcDay(now), utcDay(now + MAX_AHEAD_MS)])];
}
