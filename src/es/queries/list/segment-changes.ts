import { ownText } from '../../../domain/own-text.js';
import { shareOfHeap } from '../../../limits/heap.js';
import { answerWorkers, askWorkers } from '../../../process/worker-questions.js';
import { lowerBound } from './table/segment-order.js';

/** A segment that became known, or was deleted. */
export interface SegmentChange {
  /** When this ES learned of the change, by `changeTime`. */
  time: number;
  segment: string;
  /** The UTC day of the membership that was stored; null if the segment was deleted. */
  day: number | null;
  /** When Redis made the change, in microseconds by its clock; replies may arrive in another order. */
  doneAt: number;
}

/** The latest changes of the known segments by this process, so that lists show them before the index is read again. */
export interface SegmentChanges {
  /**
   * @param day the UTC day of the membership that was stored; null if the segment was deleted
   * @param doneAt when Redis made the change, in microseconds by its clock
   */
  note(segment: string, day: number | null, doneAt: number): void;
  /**
   * The changes since a time, oldest first; undefined if some of them are forgotten, or were before this process started.
   */
  since(time: number): SegmentChange[] | undefined;
}

/** About how many bytes changes may take: room for about 200,000 changes. */
const MAX_BYTES = 32 * 1024 * 1024;

/** The memory of a change in addition to its name, in bytes. */
const CHANGE_BYTES = 128;

/** Milliseconds by the monotonic clock, which all processes of a machine share. */
export function changeTime(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000 + nanoseconds / 1e6;
}

/** @param maxBytes about how many bytes changes may take; beyond that the older half is forgotten */
export function createSegmentChanges(maxBytes = shareOfHeap(MAX_BYTES)): SegmentChanges {
  let changes: SegmentChange[] = [];
  let bytes = 0;
  // This worker may replace another one that made changes before.
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

/** The changes of all workers of this ES, in any order. */
export function changesOfAll(
  own: SegmentChanges,
): (since: number) => Promise<SegmentChange[] | undefined> {
  answerWorkers(TOPIC, (since) => own.since(since as number));
  return async (since) => {
    const others = (await askWorkers(TOPIC, since)) as (SegmentChange[] | undefined)[];
    const changes: SegmentChange[] = [];
    for (const some of [own.since(since), ...others]) {
      if (some === undefined) return undefined;
      for (const change of some) changes.push(change);
    }
    return changes;
  };
}
