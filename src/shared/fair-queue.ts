import type { Caller } from './caller.js';
import { Failure } from './failure.js';

/** Does work for callers, some at once; undefined is the service itself. */
export type FairQueue = <T>(caller: Caller | undefined, work: () => Promise<T>) => Promise<T>;

export interface FairQueueOptions {
  /** How many works are done at once. */
  atOnce: number;
  /** Most works that wait, of one client. */
  maxWaitingEach: number;
  /** Most works that wait, of all clients. */
  maxWaiting: number;
  /** What clients are told apart by; those of one name share their turns. */
  nameOf: (caller: Caller) => string;
}

interface Waiting {
  caller: Caller | undefined;
  begin: () => void;
  refuse: (failure: Failure) => void;
}

/**
 * Fair queueing (Nagle, "On packet switches with infinite storage", RFC 970): each client has a line of its own and
 * the lines take turns, so nobody waits behind what somebody else has lined up. Where no more may wait, the last of the
 * longest line makes room ("buffer stealing" of McKenney, "Stochastic fairness queueing", 1990). What a caller
 * waited for that has gone is not begun.
 *
 * @returns does a work once its turn comes; throws what it throws, and Failure `unavailable` when too many wait
 */
export function createFairQueue(options: FairQueueOptions): FairQueue {
  const { atOnce, maxWaitingEach, maxWaiting, nameOf } = options;
  /** In the order of their turns; none is empty. */
  const lines = new Map<string, Waiting[]>();
  let running = 0;
  let waiting = 0;

  const run = async <T>(work: () => Promise<T>): Promise<T> => {
    running += 1;
    try {
      return await work();
    } finally {
      running -= 1;
      goOn();
    }
  };

  const goOn = () => {
    for (const [name, line] of lines) {
      if (running >= atOnce) return;
      // Its next turn comes after that of all others; the iteration meets it there again.
      lines.delete(name);
      const { caller, begin, refuse } = line.shift() as Waiting;
      if (line.length > 0) lines.set(name, line);
      waiting -= 1;
      if (caller?.isGone()) refuse(gone());
      else begin();
    }
  };

  const forgetGone = () => {
    for (const [name, line] of lines) {
      const left = line.filter(({ caller, refuse }) => {
        const isGone = caller?.isGone() ?? false;
        if (isGone) refuse(gone());
        return !isGone;
      });
      waiting -= line.length - left.length;
      if (left.length > 0) lines.set(name, left);
      else lines.delete(name);
    }
  };

  /** Makes room for one more, out of a line that stays longer than its own then is. */
  const makeRoom = (own: number) => {
    const longest = Array.from(lines.values()).reduce((a, b) => (b.length > a.length ? b : a));
    if (longest.length <= own + 1) throw overloaded(maxWaiting);
    longest.pop()?.refuse(overloaded(maxWaiting));
    waiting -= 1;
  };

  const lineUp = (name: string, entry: Waiting) => {
    const length = () => lines.get(name)?.length ?? 0;
    if (waiting >= maxWaiting || length() >= maxWaitingEach) forgetGone();
    if (length() >= maxWaitingEach) throw overloaded(maxWaitingEach);
    if (waiting >= maxWaiting) makeRoom(length());
    const line = lines.get(name);
    if (line === undefined) lines.set(name, [entry]);
    else line.push(entry);
    waiting += 1;
  };

  return async (caller, work) => {
    if (caller?.isGone()) throw gone();
    if (running < atOnce) return run(work);
    return new Promise((resolve, reject) => {
      const name = caller === undefined ? '' : nameOf(caller);
      lineUp(name, { caller, begin: () => resolve(run(work)), refuse: reject });
    });
  };
}

function overloaded(most: number): Failure {
  return new Failure('unavailable', `overloaded: ${most} such requests are waiting; try again`);
}

function gone(): Failure {
  return new Failure('unavailable', 'nobody waits for the answer any more');
}
