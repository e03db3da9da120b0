import { NO_TRACING, type Tracing } from '../telemetry/tracing/tracing.js';

/** The events of a group commit, for its metrics. */
export interface GroupCommitEvents {
  /** A batch leaves. @param waitedMs how long its first item has waited, in milliseconds */
  onLeave?: ((waitedMs: number) => void) | undefined;
}

export interface GroupCommitOptions<Item, Outcome> extends GroupCommitEvents {
  /** Sends a batch. */
  send: (items: Item[]) => Promise<Outcome>;
  /** Makes a span for each batch: its parent is the span of the first item, and it is linked to the spans of the others. */
  tracing?: Tracing;
  /** The name of such a span. */
  name?: string;
  /** Maximum size of a batch. */
  maxBatch: number;
  /** Maximum of batches on their way. A batch that is not full leaves only when no batch is on its way. */
  maxInFlight: number;
}

export interface GroupCommit<Item, Outcome> {
  /**
   * Sends an item together with the others that wait.
   *
   * @param size how much of a batch it takes, at most `maxBatch`. @default 1
   * @returns the outcome of its batch
   */
  commit(item: Item, size?: number): Promise<Outcome>;
  /** Whether no item waits for its outcome. */
  readonly isIdle: boolean;
}

interface Batch<Item, Outcome> {
  items: Item[];
  /** The sizes of its items together. */
  size: number;
  /** Whether the next item has to go into another batch. */
  isFull: boolean;
  /** When its first item came, by the monotonic clock in milliseconds. */
  since: number;
  /** The `traceparent`s of the spans that items came from. */
  origins: string[];
  outcome: Promise<Outcome>;
  settle: (outcome: Promise<Outcome>) => void;
}

/**
 * Group commit (Gray and Reuter, Transaction Processing, section 9.4.8; there of a log, here of a remote call): items that
 * arrive while a batch is on its way leave together in the next one. If no batch is on its way, an item leaves immediately,
 * so an idle service has no delay and a busy one has large batches. A full batch does not wait for the one before it.
 */
export function createGroupCommit<Item, Outcome>({
  send,
  maxBatch,
  maxInFlight,
  onLeave,
  tracing = NO_TRACING,
  name = 'group',
}: GroupCommitOptions<Item, Outcome>): GroupCommit<Item, Outcome> {
  const sendTraced = tracing.traced(
    (_items, [parent, ...links]) => ({ name, kind: 'internal', parent, links }),
    (items: Item[], _origins: string[]) => send(items),
  );
  const waiting: Batch<Item, Outcome>[] = [];
  let inFlight = 0;

  const leave = () => {
    for (let batch = waiting[0]; batch !== undefined; batch = waiting[0]) {
      if (inFlight > 0 && !(batch.isFull && inFlight < maxInFlight)) return;
      waiting.shift();
      dispatch(batch);
    }
  };
  const dispatch = (batch: Batch<Item, Outcome>) => {
    inFlight += 1;
    onLeave?.(performance.now() - batch.since);
    const done = () => {
      inFlight -= 1;
      leave();
    };
    const sent = sendTraced(batch.items, batch.origins);
    // The next batch leaves before the answers to this one are written.
    sent.then(done, done);
    batch.settle(sent);
  };

  return {
    commit(item, size = 1) {
      let batch = waiting.at(-1);
      if (batch !== undefined && batch.size + size > maxBatch) batch.isFull = true;
      if (batch === undefined || batch.isFull) {
        batch = createBatch();
        waiting.push(batch);
      }
      batch.items.push(item);
      batch.size += size;
      if (batch.size >= maxBatch) batch.isFull = true;
      const origin = tracing.active();
      if (origin !== undefined) batch.origins.push(origin);
      leave();
      return batch.outcome;
    },
    get isIdle() {
      return inFlight + waiting.length === 0;
    },
  };
}

function createBatch<Item, Outcome>(): Batch<Item, Outcome> {
  let settle: Batch<Item, Outcome>['settle'] = () => {};
  const outcome = new Promise<Outcome>((resolve) => {
    settle = resolve;
  });
  return {
    items: [],
    size: 0,
    isFull: false,
    origins: [],
    since: performance.now(),
    outcome,
    settle,
  };
}
