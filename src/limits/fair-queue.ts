import { type Caller, callerGone } from '../auth/caller.js';
import { Failure } from '../domain/failure.js';
import { createFairLines } from './fair-lines.js';

/** Runs tasks for callers, several at the same time; each client has its fair share. */
export interface FairQueue {
  /**
   * Runs a task as soon as there is room for it. The task does not start if its caller has gone by then.
   *
   * @param caller undefined for the service itself
   * @throws what the task throws, and Failure `unavailable` if too many tasks wait
   */
  run<T>(caller: Caller | undefined, task: () => Promise<T>, cost?: Cost): Promise<T>;
  /** The size of all tasks that run, plus the number of tasks that wait. */
  readonly taken: number;
}

/** What a task takes of the limits of a queue. */
interface Cost {
  /** How much of `atOnce` it takes while it runs. @default 1 */
  size?: number;
  /** Bytes that are kept while it waits. @default 0 */
  bytes?: number;
}

export interface FairQueueOptions {
  /** While the tasks that run have this size together, no other task starts. A function may lower it for a while, to 1 at least. */
  atOnce: number | (() => number);
  /** Maximum number of tasks of one client that wait. @default `maxWaiting` */
  maxWaitingEach?: number;
  /** Maximum number of tasks of all clients that wait. */
  maxWaiting: number;
  /** Maximum of bytes that are kept for them. @default any number */
  maxWaitingBytes?: number;
  /** The name of a client; callers of one name share one line. */
  nameOf: (caller: Caller) => string;
  /** Called for each task that is refused because too many wait. */
  onRefused?: (() => void) | undefined;
}

interface Waiting {
  name: string;
  caller: Caller | undefined;
  bytes: number;
  begin: () => void;
  refuse: (failure: Failure) => void;
}

const DEFAULT_COST: Cost = {};

/**
 * While there is no room, the queue looks for waiting callers that have gone. To check all of them at each new task would
 * cost too much, so each new task pays for this number of checks.
 */
const CHECKED_PER_TASK = 100;

/**
 * Fair queueing (Nagle, "On packet switches with infinite storage", RFC 970): each client has a line of its own, and the
 * lines are served round robin, so no client waits behind the tasks of another. When the queue is full, the last task of
 * the longest line makes room ("buffer stealing" of McKenney, "Stochastic fairness queueing", 1990).
 */
export function createFairQueue(options: FairQueueOptions): FairQueue {
  const { atOnce, maxWaiting, maxWaitingEach = maxWaiting, nameOf, onRefused } = options;
  const mayBegin = () => running < (typeof atOnce === 'number' ? atOnce : atOnce());
  const { maxWaitingBytes = Number.POSITIVE_INFINITY } = options;
  const lines = createFairLines<Waiting>();
  let running = 0;
  let waitingBytes = 0;
  let cameSinceCheck = 0;

  const begin = async <T>(task: () => Promise<T>, size: number): Promise<T> => {
    running += size;
    try {
      return await task();
    } finally {
      running -= size;
      if (lines.size > 0) beginNext();
    }
  };

  const beginNext = () => {
    while (mayBegin()) {
      const next = lines.next();
      if (next === undefined) return;
      waitingBytes -= next.bytes;
      if (next.caller?.isGone()) next.refuse(callerGone());
      else next.begin();
    }
  };

  /** Frees the places of callers that have gone. */
  const forgetGone = () => {
    if (cameSinceCheck * CHECKED_PER_TASK < lines.size) return;
    cameSinceCheck = 0;
    const isThere = ({ caller }: Waiting) => !caller?.isGone();
    for (const { bytes, refuse } of lines.takeUnless(isThere)) {
      waitingBytes -= bytes;
      refuse(callerGone());
    }
  };

  const overloaded = () => {
    onRefused?.();
    return new Failure('unavailable', 'overloaded: too many such requests are waiting; try again');
  };
  const hasRoom = (bytes: number) =>
    lines.size < maxWaiting && (lines.size === 0 || waitingBytes + bytes <= maxWaitingBytes);

  const add = (entry: Waiting) => {
    waitingBytes += entry.bytes;
    lines.add(entry.name, entry);
  };
  /**
   * Takes the last entries of the longest lines until there is room, as long as these lines are longer than the caller's
   * own line with the new entry.
   */
  const makeRoom = (own: number, bytes: number) => {
    const taken: Waiting[] = [];
    while (!hasRoom(bytes) && lines.longest > own + 1) {
      const last = lines.takeLastOfLongest() as Waiting;
      waitingBytes -= last.bytes;
      taken.push(last);
    }
    if (hasRoom(bytes)) for (const { refuse } of taken) refuse(overloaded());
    else {
      // Even this does not make enough room.
      for (const entry of taken.reverse()) add(entry);
      throw overloaded();
    }
  };

  const enqueue = (entry: Waiting) => {
    const { name, bytes } = entry;
    cameSinceCheck += 1;
    if (!hasRoom(bytes) || lines.lengthOf(name) >= maxWaitingEach) forgetGone();
    const own = lines.lengthOf(name);
    if (own >= maxWaitingEach) throw overloaded();
    if (!hasRoom(bytes)) makeRoom(own, bytes);
    add(entry);
  };

  return {
    run(caller, task, { size = 1, bytes = 0 } = DEFAULT_COST) {
      if (caller?.isGone()) return Promise.reject(callerGone());
      if (mayBegin()) return begin(task, size);
      return new Promise((resolve, reject) => {
        const name = caller === undefined ? '' : nameOf(caller);
        enqueue({ name, caller, bytes, begin: () => resolve(begin(task, size)), refuse: reject });
      });
    },
    get taken() {
      return running + lines.size;
    },
  };
}

/**
 * A queue of single requests. Many of them are started at the same time, because they leave together in groups.
 *
 * @param maxQueued maximum of requests that are accepted and have not ended
 * @param atOnce how many are started at the same time, but at most half of `maxQueued`
 */
export function createSinglesQueue({
  maxQueued,
  atOnce,
  ...options
}: Omit<FairQueueOptions, 'maxWaiting'> & { maxQueued: number; atOnce: number }): FairQueue {
  const begun = Math.min(atOnce, Math.ceil(maxQueued / 2));
  return createFairQueue({ ...options, atOnce: begun, maxWaiting: maxQueued - begun });
}
