import { type Caller, callerGone } from '../auth/caller.js';
import { Failure } from '../domain/failure.js';
import { createFairLines } from './fair-lines.js';

/** Does work for callers, some at once. */
export interface FairQueue {
  /**
   * Does a work once its turn comes; what its caller has gone from is not begun.
   *
   * @param caller undefined is the service itself
   * @param bytes that are kept while it waits; 0 unless given
   * @throws what the work throws, and Failure `unavailable` when too many wait
   */
  run<T>(caller: Caller | undefined, work: () => Promise<T>, bytes?: number): Promise<T>;
  /** Works taken and not done. */
  readonly taken: number;
}

export interface FairQueueOptions {
  /** How many works are done at once. */
  atOnce: number;
  /** Most works that wait, of one client; as many as of all unless given. */
  maxWaitingEach?: number;
  /** Most works that wait, of all clients. */
  maxWaiting: number;
  /** Most bytes that are kept for them; any number unless given. */
  maxWaitingBytes?: number;
  /** What clients are told apart by; those of one name share their turns. */
  nameOf: (caller: Caller) => string;
  /** Told of each work that is refused because too many wait. */
  onRefused?: (() => void) | undefined;
}

interface Waiting {
  name: string;
  caller: Caller | undefined;
  bytes: number;
  begin: () => void;
  refuse: (failure: Failure) => void;
}

/** Of how many that wait each one that comes lets us look whether they have gone, while there is no more room. */
const LOOKED_AT_EACH = 100;

/**
 * Fair queueing (Nagle, "On packet switches with infinite storage", RFC 970): each client has a line of its own and
 * the lines take turns, so nobody waits behind what somebody else has lined up. Where no more may wait, the last of the
 * longest line makes room ("buffer stealing" of McKenney, "Stochastic fairness queueing", 1990). What a caller
 * waited for that has gone is not begun.
 */
export function createFairQueue(options: FairQueueOptions): FairQueue {
  const { atOnce, maxWaiting, maxWaitingEach = maxWaiting, nameOf, onRefused } = options;
  const { maxWaitingBytes = Number.POSITIVE_INFINITY } = options;
  const lines = createFairLines<Waiting>();
  let running = 0;
  let waitingBytes = 0;
  let cameSinceLook = 0;

  const begin = async <T>(work: () => Promise<T>): Promise<T> => {
    running += 1;
    try {
      return await work();
    } finally {
      running -= 1;
      if (lines.size > 0) goOn();
    }
  };

  const goOn = () => {
    while (running < atOnce) {
      const next = lines.next();
      if (next === undefined) return;
      waitingBytes -= next.bytes;
      if (next.caller?.isGone()) next.refuse(callerGone());
      else next.begin();
    }
  };

  /** Gives the places of those who have gone to others. */
  const forgetGone = () => {
    if (cameSinceLook * LOOKED_AT_EACH < lines.size) return;
    cameSinceLook = 0;
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
  /** Has the last of the longest lines make room, as long as these stay longer than a line of `own` and one more. */
  const makeRoom = (own: number, bytes: number) => {
    const taken: Waiting[] = [];
    while (!hasRoom(bytes) && lines.longest > own + 1) {
      const last = lines.takeLastOfLongest() as Waiting;
      waitingBytes -= last.bytes;
      taken.push(last);
    }
    if (hasRoom(bytes)) for (const { refuse } of taken) refuse(overloaded());
    else {
      // It would be for nothing.
      for (const entry of taken.reverse()) add(entry);
      throw overloaded();
    }
  };

  const lineUp = (entry: Waiting) => {
    const { name, bytes } = entry;
    cameSinceLook += 1;
    if (!hasRoom(bytes) || lines.lengthOf(name) >= maxWaitingEach) forgetGone();
    const own = lines.lengthOf(name);
    if (own >= maxWaitingEach) throw overloaded();
    if (!hasRoom(bytes)) makeRoom(own, bytes);
    add(entry);
  };

  return {
    run(caller, work, bytes = 0) {
      if (caller?.isGone()) return Promise.reject(callerGone());
      if (running < atOnce) return begin(work);
      return new Promise((resolve, reject) => {
        const name = caller === undefined ? '' : nameOf(caller);
        lineUp({ name, caller, bytes, begin: () => resolve(begin(work)), refuse: reject });
      });
    },
    get taken() {
      return running + lines.size;
    },
  };
}

/**
 * A queue of requests for one thing each, most of which are begun at once and travel together.
 *
 * @param maxQueued most that are taken and not done
 * @param atOnce how many are begun, or half of those
 */
export function createSinglesQueue({
  maxQueued,
  atOnce,
  ...options
}: Omit<FairQueueOptions, 'maxWaiting'> & { maxQueued: number }): FairQueue {
  const begun = Math.min(atOnce, Math.ceil(maxQueued / 2));
  return createFairQueue({ ...options, atOnce: begun, maxWaiting: maxQueued - begun });
}
