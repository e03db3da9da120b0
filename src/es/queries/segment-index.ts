import { setTimeout as delay } from 'node:timers/promises';
import { Failure } from '../../shared/failure.js';
import { utcDay } from '../../shared/utc-day.js';
import type { SegmentReader } from '../redis/segment-reader.js';
import type { Floor } from './floor.js';
import type { ListRequest } from './list.js';
import { createSegmentCounts } from './segment-counts.js';
import type { Place } from './segment-order.js';
import type { IndexPage } from './segment-pages.js';
import { createSegmentThread } from './segment-thread.js';

/** The known segments with their counts, kept in memory so that a page of a list is a slice of an array. */
export interface SegmentIndex {
  /**
   * A page of the segments, which are read again when they have become old. What has to wait for the first reading
   * waits for all names, and some time for the counts.
   *
   * @param after where the page before ended
   * @throws Failure `unavailable` when Redis cannot be reached, or there are more segments than the index may hold
   */
  page(request: ListRequest, after: Place | undefined): Promise<IndexPage>;
  /** Leaves out a segment that was deleted. */
  remove(segment: string): Promise<void>;
  close(): Promise<void>;
}

export interface SegmentIndexOptions {
  reader: SegmentReader;
  windowDays: number;
  floor: Floor;
  /** The clock, in milliseconds. */
  now: () => number;
  /** Most bytes that the index may take. */
  maxBytes: number;
}

type State =
  /** Nothing has been read, or not to the end: the next list reads. */
  | { name: 'empty' }
  /** Segments are read; lists may be answered once that is done, or takes too long to wait for. */
  | { name: 'reading'; answerable: Promise<void> }
  /** Lists are answered from what was read, until it is old. */
  | { name: 'read'; until: number }
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
  const { reader, now, maxBytes } = options;
  const thread = createSegmentThread(maxBytes);
  const counts = createSegmentCounts(options, thread);
  let state: State = { name: 'empty' };

  /** @returns whether there is room for all of them */
  async function readNames(): Promise<boolean> {
    await thread.call('begin');
    for await (const some of reader.known()) {
      const joined = some.map(({ segment }) => segment).join('\n');
      const lastDays = some.map(({ lastDay }) => lastDay);
      if (some.length > 0 && !(await thread.call('take', joined, lastDays))) {
        await thread.call('clear');
        return false;
      }
    }
    await thread.call('finish');
    return true;
  }

  async function read(named: Promise<boolean>): Promise<void> {
    const start = performance.now();
    try {
      const fits = await named;
      if (fits) await counts.refresh(utcDay(now()));
      const end = performance.now();
      const until = end + Math.max(REFRESH_MS, PAUSE * (end - start));
      state = { name: fits ? 'read' : 'overflowing', until };
    } catch (error) {
      state = { name: 'empty' };
      throw error;
    }
  }

  function startReading(isFirst: boolean): State {
    const named = readNames();
    const done = read(named);
    const patience = isFirst
      ? named.then(() => delay(FIRST_WAIT_MS, undefined, { ref: false }))
      : delay(WAIT_MS, undefined, { ref: false });
    const answerable = Promise.race([patience, done]);
    // Whoever waits for it is told; where nobody does, the next list tries again.
    for (const promise of [done, patience, answerable]) promise.catch(() => {});
    return { name: 'reading', answerable };
  }

  function next(): State {
    if (state.name === 'reading') return state;
    if (state.name !== 'empty' && performance.now() < state.until) return state;
    return startReading(state.name !== 'read');
  }

  return {
    async page(request, after) {
      state = next();
      if (state.name === 'reading') await state.answerable;
      // It has changed while that was waited for.
      if ((state as State).name === 'overflowing') throw overflow(maxBytes);
      return await thread.call('page', request, after).catch((error) => {
        if (state.name === 'read') state = { name: 'empty' };
        throw error;
      });
    },

    async remove(segment) {
      if (state.name === 'empty') return;
      await thread.call('remove', segment).catch(() => {
        // The segment is deleted all the same; lists read anew what there is.
        state = { name: 'empty' };
      });
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
