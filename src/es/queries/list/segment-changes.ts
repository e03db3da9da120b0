import { ownText } from '../../../domain/own-text.js';
import { shareOfHeap } from '../../../limits/heap.js';
import { answerWorkers, askWorkers } from '../../../process/worker-questions.js';
import { lowerBound } from './table/segment-order.js';

/** A segment that has become known, or was deleted. */
export interface SegmentChange {
  /** When it was heard of, as `changeTime` tells it. */
  time: number;
  segment: string;
  /** The UTC day that it was stored for; null where it was deleted. */
  day: number | null;
  /** When Redis did it, in microseconds by its clock: of several it may be heard in another order. */
  doneAt: number;
}

/** What this process has changed lately in what segments are known, so that lists need not wait for Redis to tell. */
export interface SegmentChanges {
  /**
   * @param day the UTC day that it was stored for; null where it was deleted
   * @param doneAt when, in microseconds by the clock of Redis
   */
  note(segment: string, day: number | null, doneAt: number): void;
  /** What was noted from a time on, in this order; undefined where some of it is forgotten, or from before this process. */
  since(time: number): SegmentChange[] | undefined;
}

/** Most bytes, about, that changes take: some 200,000. */
const MAX_BYTES = 32 * 1024 * 1024;

/** What a change takes beside its name. */
const CHANGE_BYTES = 128;

/** Milliseconds by a clock that all processes of a machine share, and that nobody sets. */
export function changeTime(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000 + nanoseconds / 1e6;
}

/** @param maxBytes what they may take, about; the older half is forgotten beyond that */
export function createSegmentChanges(maxBytes = shareOfHeap(MAX_BYTES)): SegmentChanges {
  let changes: SegmentChange[] = [];
  let bytes = 0;
  // A worker that this one takes the place of may have changed something before.
  let forgottenAt = changeTime();
  return {
    note(segment, day, doneAt) {
      changes.push({ time: changeTime(), segment: ownText(segment), day, doneAt });
      bytes += bytesOf(segment);
      if (bytes <= maxBytes) return;
      const half = Math.ceil(changes.length / 2);
      forgottenAt = (changes[half - 1] as SegmentChange).time;
      changes = changes.slice(half);
      bytes = changes.reduce((sum, change) => sum + bytesOf(change.segment), 0);
    },

    since(time) {
      if (time <= forgottenAt) return undefined;
      const isBefore = (at: number) => (changes[at] as SegmentChange).time < time;
      return changes.slice(lowerBound(changes.length, isBefore));
    },
  };
}

function bytesOf(segment: string): number {
  return 2 * segment.length + CHANGE_BYTES;
}

const TOPIC = 'segment-changes';

/** The changes of this process and of all others that serve with it, in any order. */
export function changesOfAll(
  own: SegmentChanges,
): (since: number) => Promise<SegmentChange[] | undefined> {
  answerWorkers(TOPIC, (since) => own.since(since as number));
  return async (since) => {
    const others = (await askWorkers(TOPIC, since)) as (SegmentChange[] | undefined)[];
    const all: SegmentChange[] = [];
    for (const some of [own.since(since), ...others]) {
      if (some === undefined) return undefined;
      for (const change of some) all.push(change);
    }
    return all;
  };
}
