import { setTimeout as delay } from 'node:timers/promises';
import { Failure } from '../../../domain/failure.js';
import { utcDay } from '../../../domain/utc-day.js';
import type { QueryContext } from '../query-context.js';
import type { ListRequest } from './list-request.js';
import { createSegmentCounts } from './segment-counts.js';
import { createSegmentLoader, type SegmentLoaderOptions } from './segment-loader.js';
import type { Place } from './table/segment-order.js';
import type { IndexPage } from './table/segment-pages.js';
import { createSegmentThread } from './table/segment-thread.js';

/** The known segments with their counts, kept in memory so that a page of a list is a slice of an array. */
export interface SegmentIndex {
  /**
   * A page of the segments, which are read again when they have become old. What this ES itself has stored or
   * deleted is in it at once. What has to wait for the first reading waits for all names, and some time for the counts;
   * so does what finds no segment at all.
   *
   * @param after where the page before ended
   * @throws Failure `unavailable` when Redis cannot be reached, or there are more segments than the index may hold
   */
  page(request: ListRequest, after: Place | undefined): Promise<IndexPage>;
  close(): Promise<void>;
}

export interface SegmentIndexOptions
  extends Pick<QueryContext, 'reader' | 'windowDays' | 'floor' | 'now'> {
  /** Most bytes that the index may take. */
  maxBytes: number;
  changes: SegmentLoaderOptions['changes'];
}

interface Reading {
  name: 'reading';
  /** Resolves to how many names there are, once all are read; undefined where they have no room. */
  named: Promise<number | undefined>;
  /** Resolves once lists may be answered: it is done, or takes too long to wait for. */
  answerable: Promise<void>;
  done: Promise<void>;
  /** Leaves the rest of the counts. */
  stop: AbortController;
}

type State =
  /** Nothing has been read, or not to the end: the next list reads. */
  | { name: 'empty' }
  | Reading
  /** Lists are answered from what was read, until it is old. Where that is nothing, they wait for what there is by then. */
  | { name: 'read'; until: number; isNothing: boolean }
  /** There are more than fit, so lists are refused; after a while it is tried again. */
  | { name: 'overflowing'; until: number };

/** Least time between refreshes. */
const REFRESH_MS = 2_000;

/** A refresh pauses this many times as long as the last one took, so that it costs a tenth of Redis at most. */
const PAUSE = 9;

/** How long a list waits for a refresh before it is answered from what there is. */
const WAIT_MS = 200;

/** How long lists wait for the counts when there are none yet. */
const FIRST_WAIT_MS = 2_000;

/**
 * An index that is refreshed when it is asked for: every 2 seconds at most, or, where there are so many segments
 * that a refresh takes longer, a tenth of the time. Counts are those of PFCOUNT; what is below the floor is 0, so
 * that the order tells nothing of it.
 */
export function createSegmentIndex(options: SegmentIndexOptions): SegmentIndex {
  const { now, maxBytes } = options;
  const thread = createSegmentThread(maxBytes);
  const counts = createSegmentCounts(options, thread);
  const loader = createSegmentLoader(options, thread);
  let state: State = { name: 'empty' };
  /** One list after the other, so that the table sees changes in their order. */
  let upToDate = Promise.resolve();

  async function read(reading: () => Reading, named: Reading['named']): Promise<void> {
    const start = performance.now();
    let next: State = { name: 'empty' };
    try {
      const known = await named;
      if (known !== undefined) await counts.refresh(utcDay(now()), reading().stop.signal);
      const end = performance.now();
      const until = end + Math.max(REFRESH_MS, PAUSE * (end - start));
      if (known === undefined) next = { name: 'overflowing', until };
      else next = { name: 'read', until: known === 0 ? end : until, isNothing: known === 0 };
    } finally {
      if (state === reading()) state = next;
    }
  }

  /** @param isFirst whether there is nothing to answer from meanwhile */
  function startReading(isFirst: boolean): Reading {
    const before = state.name === 'reading' ? state.done.catch(() => {}) : Promise.resolve();
    const named = before.then(loader.read);
    const done = read(() => reading, named);
    const patience = isFirst
      ? named.then(() => delay(FIRST_WAIT_MS, undefined, { ref: false }))
      : delay(WAIT_MS, undefined, { ref: false });
    const answerable = Promise.race([patience, done]);
    // Whoever waits for it is told; where nobody does, the next list tries again.
    for (const promise of [done, patience, answerable]) promise.catch(() => {});
    const stop = new AbortController();
    const reading: Reading = { name: 'reading', named, answerable, done, stop };
    return reading;
  }

  function next(): State {
    if (state.name === 'reading') return state;
    if (state.name !== 'empty' && performance.now() < state.until) return state;
    return startReading(state.name !== 'read' || state.isNothing);
  }

  async function bringUpToDate(): Promise<void> {
    if (await loader.applyChanges()) return;
    // What is forgotten is in Redis, and so in what is read from now on.
    if (state.name === 'reading') state.stop.abort();
    const reading = startReading(true);
    state = reading;
    if ((await reading.named) === undefined) throw overflow(maxBytes);
  }

  return {
    async page(request, after) {
      state = next();
      if (state.name === 'reading') await state.answerable;
      // It has changed while that was waited for.
      if ((state as State).name === 'overflowing') throw overflow(maxBytes);
      try {
        upToDate = upToDate.catch(() => {}).then(bringUpToDate);
        await upToDate;
        return await thread.call('page', request, after);
      } catch (error) {
        if (state.name === 'read') state = { name: 'empty' };
        throw error;
      }
    },

    close: () => thread.close(),
  };
}

function overflow(maxBytes: number): Failure {
  return new Failure(
    'unavailable',
    `there are more segments than lists may take memory for: ${maxBytes} bytes (ES_LIST_MAX_BYTES)`,
  );
}
