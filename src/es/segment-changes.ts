import { answerWorkers, askWorkers } from '../shared/worker-questions.js';
import { lowerBound } from './queries/segment-order.js';

/** A segment that has become known, or was deleted. */
export interface SegmentChange {
  /** When it was heard of, as `changeTime` tells it. */
  time: number;
  segment: string;
  /** The UTC day that it was stored for; null where it was deleted. */
  day: number | null;
}

/** What this process has changed lately in what segments are known, so that lists need not wait for Redis to tell. */
export interface SegmentChanges {
  /** @param day the UTC day that it was stored for; null where it was deleted */
  note(segment: string, day: number | null): void;
  /** What was noted from a time on, in this order; undefined where some of it is forgotten. */
  since(time: number): SegmentChange[] | undefined;
}

/** Most changes that are remembered, and the length of their names in all. */
const MAX_CHANGES = 200_000;
const MAX_LENGTH = 16 * 1024 * 1024;

/** Milliseconds by a clock that all processes of a machine share, and that nobody sets. */
export function changeTime(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000 + nanoseconds / 1e6;
}

export function createSegmentChanges(
  { maxChanges, maxLength } = { maxChanges: MAX_CHANGES, maxLength: MAX_LENGTH },
): SegmentChanges {
  let changes: SegmentChange[] = [];
  /** Where the remembered begin; what is before is forgotten. */
  let first = 0;
  let length = 0;
  let forgottenAt = Number.NEGATIVE_INFINITY;
  return {
    note(segment, day) {
      changes.push({ time: changeTime(), segment, day });
      length += segment.length;
      while (changes.length - first > maxChanges || length > maxLength) {
        const oldest = changes[first] as SegmentChange;
        forgottenAt = oldest.time;
        length -= oldest.segment.length;
        first += 1;
      }
      if (first * 2 <= changes.length) return;
      changes = changes.slice(first);
      first = 0;
    },

    since(time) {
      if (time <= forgottenAt) return undefined;
      const isBefore = (at: number) => (changes[first + at] as SegmentChange).time < time;
      return changes.slice(first + lowerBound(changes.length - first, isBefore));
    },
  };
}

const TOPIC = 'segment-changes';

/** The changes of this process and of all others that serve with it. */
export function changesOfAll(
  own: SegmentChanges,
): (since: number) => Promise<SegmentChange[] | undefined> {
  answerWorkers(TOPIC, (since) => own.since(since as number));
  return async (since) => {
    const others = (await askWorkers(TOPIC, since)) as (SegmentChange[] | undefined)[];
    const all: SegmentChange[] = [];
    for (const some of [own.since(since), ...others]) {
      if (some === undefined) return undefined;
      all.push(...some);
    }
    return others.length === 0 ? all : all.sort((one, other) => one.time - other.time);
  };
}
