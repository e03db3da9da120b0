import type { Caller } from '../../auth/caller.js';
import { getOrCreate } from '../../domain/get-or-create.js';
import type { FairQueue } from '../../limits/fair-queue.js';

/** Runs tasks in a fair queue, one of a name at a time. Callers who wait for the same answer share one task. */
export interface SharedTasks {
  /**
   * Runs a task, unless one of the same name waits already: then its answer is for this caller too. A task that has begun
   * is not shared any more, so an answer is never older than the request.
   *
   * @param caller undefined for the service itself
   * @param name of the answer: callers who give the same name get the same answer
   * @param task asks `isGone` between its steps: whether all callers have gone
   * @throws what the task throws, and Failure `unavailable` if too many tasks wait
   */
  run<Answer>(
    caller: Caller | undefined,
    name: string,
    task: (isGone: () => boolean) => Promise<Answer>,
  ): Promise<Answer>;
}

/** A task that waits, or that runs for those who waited. */
interface SharedTask {
  /** Those who wait for the answer; undefined for the service itself. */
  callers: (Caller | undefined)[];
  /** For each client its place in the queue, with the answer. */
  places: Map<string, Promise<unknown>>;
  /** Undefined until the task begins. */
  answer: Promise<unknown> | undefined;
}

/**
 * A task has one place in the line of each client that waits for it, whatever the number of callers. It begins at the first
 * of these places that has its turn, so no client waits for the turn of another one, and a client that asks often for the
 * same does not use up its line. Callers who come while a task of the name runs take their places when it has ended: so
 * they wait together, as in a group commit.
 *
 * @param nameOf the name of a client; callers of one name share one line
 */
export function createSharedTasks(
  queue: FairQueue,
  nameOf: (caller: Caller) => string,
): SharedTasks {
  const waiting = new Map<string, SharedTask>();
  const running = new Map<string, Promise<unknown>>();

  const begin = (shared: SharedTask, name: string, task: () => Promise<unknown>) => {
    // Another client had its turn first.
    if (shared.answer !== undefined) return NOTHING;
    waiting.delete(name);
    const answer = task();
    shared.answer = answer;
    running.set(name, answer);
    const end = () => running.delete(name);
    answer.then(end, end);
    return answer;
  };
  /** A place is lost if the queue is full, or if all callers have gone; whoever comes later takes a new one. */
  const losePlace = (shared: SharedTask, name: string, client: string) => {
    if (shared.answer !== undefined) return;
    shared.places.delete(client);
    if (shared.places.size === 0) waiting.delete(name);
  };

  return {
    run<Answer>(
      caller: Caller | undefined,
      name: string,
      task: (isGone: () => boolean) => Promise<Answer>,
    ) {
      const shared = getOrCreate(waiting, name, createSharedTask);
      shared.callers.push(caller);
      const client = caller === undefined ? '' : nameOf(caller);
      const place = getOrCreate(shared.places, client, () => {
        const isGone = () => haveGone(shared.callers);
        const callers = caller && { ...caller, isGone };
        const takePlace = () =>
          queue
            .run(callers, () => begin(shared, name, () => task(isGone)))
            .catch((error) => {
              losePlace(shared, name, client);
              throw error;
            })
            .then(() => shared.answer);
        const before = running.get(name);
        return before === undefined ? takePlace() : before.then(takePlace, takePlace);
      });
      return place as Promise<Answer>;
    },
  };
}

const NOTHING: Promise<unknown> = Promise.resolve();

function createSharedTask(): SharedTask {
  return { callers: [], places: new Map(), answer: undefined };
}

/** Whether all callers have gone. Removes those that have, from the end on, so that none is asked again. */
function haveGone(callers: (Caller | undefined)[]): boolean {
  while (callers.length > 0 && callers.at(-1)?.isGone()) callers.pop();
  return callers.length === 0;
}
