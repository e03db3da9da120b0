import type { SegmentReader } from '../../redis/read/segment-reader.js';
import { changeTime, type SegmentChange } from './segment-changes.js';
import type { SegmentThread } from './table/segment-thread.js';

/** Brings names into the table of segments. */
export interface SegmentLoader {
  /** Reads all names of Redis. @returns how many there are; undefined where there is no room for them */
  read(): Promise<number | undefined>;
  /** Adds and removes what this ES has changed since. False where some of it is forgotten, or has no room. */
  applyChanges(): Promise<boolean>;
}

export interface SegmentLoaderOptions {
  reader: Pick<SegmentReader, 'known'>;
  /** What this ES has changed from a time on, in any order; undefined where some of it is forgotten. */
  changes: (since: number) => Promise<SegmentChange[] | undefined>;
}

export function createSegmentLoader(
  { reader, changes }: SegmentLoaderOptions,
  thread: SegmentThread,
): SegmentLoader {
  /** What was changed before is in the table. */
  let upTo = 0;
  return {
    async read() {
      // What Redis had before is read; what came later may be, or not.
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
      const [removed, added, days]: [string[], string[], number[]] = [[], [], []];
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
