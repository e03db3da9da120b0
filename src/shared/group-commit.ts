import { Failure } from './failure.js';

/** What happens in a group commit, for who measures it. */
export interface GroupCommitEvents {
  /** A batch leaves. @param waitedMs how long its first item has waited */
  onLeave?: (waitedMs: number) => void;
  /** An item is refused because too many wait. */
  onRefused?: () => void;
}

export interface GroupCommitOptions<Item, Outcome> extends GroupCommitEvents {
  /** Carries out a batch, in one go for all its items. */
  send: (items: Item[]) => Promise<Outcome>;
  /** Most items in a batch. */
  maxBatch: number;
  /** Most full batches on their way at once. */
  maxInFlight: number;
  /** Most items taken and not answered; more are refused. */
  maxQueued: number;
}

export interface GroupCommit<Item, Outcome> {
  /**
   * Carries out an item together with whatever else is there.
   *
   * @returns the outcome of the batch the item went with
   * @throws Failure `unavailable` when too many items wait
   */
  commit(item: Item): Promise<Outcome>;
  /** Items taken and not answered. */
  readonly queued: number;
}

interface Batch<Item, Outcome> {
  items: Item[];
  /** When its first item came, in milliseconds. */
  since: number;
  outcome: Promise<Outcome>;
  settle: (outcome: Promise<Outcome>) => void;
}

/**
 * Group commit (Gray and Reuter, Transaction Processing, section 9.4.8; there of a log, here of a remote
 * call): what arrives while a batch is on its way leaves together in the next one. An item that finds
 * nothing on its way leaves at once, so an idle service has no delay and a busy one has large batches.
 * A full batch need not wait for the one before it.
 */
export function createGroupCommit<Item, Outcome>({
  send,
  maxBatch,
  maxInFlight,
  maxQueued,
  onLeave,
  onRefused,
}: GroupCommitOptions<Item, Outcome>): GroupCommit<Item, Outcome> {
  const waiting: Batch<Item, Outcome>[] = [];
  let inFlight = 0;
  let queued = 0;

  const leave = () => {
    for (let batch = waiting[0]; batch !== undefined; batch = waiting[0]) {
      const full = batch.items.length >= maxBatch;
      if (inFlight > 0 && !(full && inFlight < maxInFlight)) return;
      waiting.shift();
      dispatch(batch);
    }
  };
  const dispatch = (batch: Batch<Item, Outcome>) => {
    inFlight += 1;
    onLeave?.(performance.now() - batch.since);
    const done = () => {
      inFlight -= 1;
      queued -= batch.items.length;
      leave();
    };
    const sent = send(batch.items);
    // The next batch leaves before the answers to this one are written.
    sent.then(done, done);
    batch.settle(sent);
  };

  return {
    commit(item) {
      if (queued >= maxQueued) {
        onRefused?.();
        return Promise.reject(overloaded(maxQueued));
      }
      queued += 1;
      let batch = waiting.at(-1);
      if (batch === undefined || batch.items.length >= maxBatch) {
        batch = createBatch();
        waiting.push(batch);
      }
      batch.items.push(item);
      leave();
      return batch.outcome;
    },
    get queued() {
      return queued;
    },
  };
}

function createBatch<Item, Outcome>(): Batch<Item, Outcome> {
  let settle: Batch<Item, Outcome>['settle'] = () => {};
  const outcome = new Promise<Outcome>((resolve) => {
    settle = resolve;
  });
  return { items: [], since: performance.now(), outcome, settle };
}

function overloaded(maxQueued: number): Failure {
  return new Failure('unavailable', `overloaded: ${maxQueued} requests are waiting; try again`);
}
