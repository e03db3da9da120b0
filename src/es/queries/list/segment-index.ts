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
   * A page of the segments. The index is read again when it is old, but a page shows immediately what this ES has stored or
   * deleted. The first page waits for all names, and for a limited time for the counts. While no segment is known, every
   * page does so.
   *
   * @param after the place at which the previous page ended
   * @throws Failure `unavailable` if Redis cannot be reached, or if there are more segments than the index may hold
   */
  page(request: ListRequest, after: Place | undefined): Promise<IndexPage>;
  close(): Promise<void>;
}

export interface SegmentIndexOptions
  extends Pick<QueryContext, 'reader' | 'windowDays' | 'floor' | 'now'> {
  /** Maximum of memory that the index may take, in bytes. */
  maxBytes: number;
  changes: SegmentLoaderOptions['changes'];
}

interface Reading {
  name: 'reading';
  /** Resolves when all names are read: to their number, or to undefined if they do not fit. */
  named: Promise<number | undefined>;
  /** Resolves when lists may be answered: the reading is done, or it takes too long to wait for it. */
  answerable: Promise<unknown>;
  /** Resolves when the next state has replaced this reading. */
  done: Promise<void>;
  /** Skips the rest of the counts. */
  stop: AbortController;
}

type Settled =
  /** Nothing was read, or reading failed: the next list reads. */
  | { name: 'empty' }
  /**
   * Until `until`, lists are answered from the names that were read. If there are no segments, lists wait for the next
   * reading.
   */
  | { name: 'ready'; until: number; hasSegments: boolean }
  /** There are more segments than fit: lists are refused until `until`, then reading is tried again. */
  | { name: 'overflowing'; until: number };

/**
 * The transitions and their causes:
 *
 * - `empty` → `reading`: a list is asked for
 * - `ready`, `overflowing` → `reading`: a list is asked for after `until`
 * - `reading` → `ready`, `overflowing` or `empty`: the reading has ended
 * - any → `reading`: changes were forgotten, so the names must be read again
 * - `ready` → `empty`: a page failed, so the table may be lost
 */
type State = Reading | Settled;

/** Minimum time between refreshes. */
const REFRESH_MS = 2_000;

/**
 * After a refresh comes a pause that is this many times as long, so that refreshes take at most a tenth of the time of
 * Redis.
 */
const PAUSE_FACTOR = 9;

/** How long a list waits for a refresh before it is answered from the existing data. */
const REFRESH_WAIT_MS = 200;

/** How long lists wait for the counts if there are none yet. */
const FIRST_WAIT_MS = 2_000;

/**
 * An index that is refreshed on demand: at most every 2 seconds or, if there are so many segments that a refresh takes
 * longer, for a tenth of the time. The index has 0 for a count below the floor, so that the order does not reveal hidden
 * counts.
 */
export function createSegmentIndex(options: SegmentIndexOptions): SegmentIndex {
  const { now, maxBytes } = options;
  const thread = createSegmentThread(maxBytes);
  const counts = createSegmentCounts(options, thread);
  const loader = createSegmentLoader(options, thread);
  let state: State = { name: 'empty' };
  /** Changes are applied one after another, so that the table sees them in order. */
  let changesApplied = Promise.resolve();

  /** @param canAnswer whether lists can be answered meanwhile from an earlier reading */
  function startReading(canAnswer: boolean): Reading {
    const start = performance.now();
    const stop = new AbortController();
    let previous = Promise.resolve();
    if (state.name === 'reading') {
      state.stop.abort();
      previous = state.done.catch(() => {});
    }
    const named = previous.then(loader.read);
    const done = named
      .then(async (known) => {
        if (known !== undefined) await counts.refresh(utcDay(now()), stop.signal);
        endReading(reading, settle(known, start));
      })
      .catch((error) => {
        endReading(reading, { name: 'empty' });
        throw error;
      });
    const patience = canAnswer
      ? delay(REFRESH_WAIT_MS, undefined, { ref: false })
      : named.then(() => delay(FIRST_WAIT_MS, undefined, { ref: false }));
    const answerable = Promise.race([patience, done]);
    // A list that waits for one of these promises gets its error; if no list waits, the next list tries again.
    for (const promise of [done, patience, answerable]) promise.catch(() => {});
    const reading: Reading = { name: 'reading', named, answerable, done, stop };
    state = reading;
    return reading;
  }

  /** Ends a reading. Changes nothing if another reading has replaced it. */
  function endReading(reading: Reading, next: Settled): void {
    if (state === reading) state = next;
  }

  function refreshIfOld(): void {
    if (state.name === 'reading') return;
    if (state.name !== 'empty' && performance.now() < state.until) return;
    startReading(state.name === 'ready' && state.hasSegments);
  }

  async function applyChanges(): Promise<void> {
    if (await loader.applyChanges()) return;
    // Redis has the forgotten changes, so a reading that starts now finds them.
    const known = await startReading(false).named;
    if (known === undefined) throw overflow(maxBytes);
  }

  return {
    async page(request, after) {
      refreshIfOld();
      if (state.name === 'reading') await state.answerable;
      // The state may have changed while the list waited.
      if ((state as State).name === 'overflowing') throw overflow(maxBytes);
      try {
        changesApplied = changesApplied.catch(() => {}).then(applyChanges);
        await changesApplied;
        return await thread.call('page', request, after);
      } catch (error) {
        if (state.name === 'ready') state = { name: 'empty' };
        throw error;
      }
    },

    close: () => thread.close(),
  };
}

/**
 * The state after a reading.
 *
 * @param known how many names were read; undefined if they do not fit
 * @param start when the reading started
 */
function settle(known: number | undefined, start: number): Settled {
  const end = performance.now();
  const until = end + Math.max(REFRESH_MS, PAUSE_FACTOR * (end - start));
  if (known === undefined) return { name: 'overflowing', until };
  const hasSegments = known > 0;
  return { name: 'ready', until: hasSegments ? until : end, hasSegments };
}

function overflow(maxBytes: number): Failure {
  return new Failure(
    'unavailable',
    `there are more segments than lists may take memory for: ${maxBytes} bytes (ES_LIST_MAX_BYTES)`,
  );
}
