import type { SegmentReader } from '../../redis/read/segment-reader.js';
import { changeTime, type SegmentChange } from './segment-changes.js';
import type { SegmentThread } from './table/segment-thread.js';

/** Loads the names of segments into the table. */
export interface SegmentLoader {
  /** Reads all names from Redis. @returns how many there are; undefined if they do not fit */
  read(): Promise<number | undefined>;
  /** Applies what this ES has changed since. @returns false if changes are forgotten, or do not fit */
  applyChanges(): Promise<boolean>;
}

export interface SegmentLoaderOptions {
  reader: Pick<SegmentReader, 'known'>;
  /** What this ES has changed since a time, in any order; undefined if changes are forgotten. */
  changes: (since: number) => Promise<SegmentChange[] | undefined>;
}

export function createSegmentLoader(
  { reader, changes }: SegmentLoaderOptions,
  thread: SegmentThread,
): SegmentLoader {
  /** The table has all changes from before this time. */
  let upTo = 0;
  return {
    async read() {
      // The reading contains every change before now, and maybe later ones.
      const start = changeTime();
      await thread.call('begin');
      for await (const some of reader.known()) {
        const joined = some.map(({ segment }) => segment).join('\n');
        const lastDays = some.map(({ lastDay }) => lastDay);
        if (some.length > 0 && !(await thread.call('take', joined, lastDays))) {
          await thread.call('clear');
          return undefined;
        }
      }
      const known = await thread.call('finish');
      upTo = Math.max(upTo, start);
      return known;
    },

    async applyChanges() {
      const time = changeTime();
      const since = await changes(upTo);
      if (since === undefined) return false;
      const last = new Map<string, SegmentChange>();
      for (const change of since) {
        const other = last.get(change.segment);
        if (other === undefined || other.doneAt <= change.doneAt) last.set(change.segment, change);
      }
      const removed: string[] = [];
      const added: string[] = [];
      const days: number[] = [];
      for (const { segment, day } of last.values()) {
        if (day === null) removed.push(segment);
        else {
          added.push(segment);
          days.push(day);
        }
      }
      if (removed.length > 0) await thread.call('remove', removed.join('\n'));
      if (added.length > 0 && !(await thread.call('add', added.join('\n'), days))) return false;
      upTo = time;
      return true;
    },
  };
}
