import { type Remembered, type StoredGroup, toEntry } from './remembered.js';

export interface MemoryOptions {
  /** Most bytes that may be kept for what no replica has. */
  maxBytes: () => number;
  /** Whether at that bound the oldest is forgotten, so that more can be stored. */
  goesOn: boolean;
  /** Whether replicas belong to the primary, as long as nobody knows. */
  isReplicated: boolean;
  /** The clock, in milliseconds. */
  now: () => number;
}

/** What was stored on one primary, until others have it. */
export interface Memory {
  /** Whether replicas belong to the primary, be they there or not. */
  isReplicated: boolean;
  /** How many of them are there; undefined as long as nobody knows. */
  online: number | undefined;
  /** Whether nothing more may be stored until a replica has what is remembered. */
  isFull(): boolean;
  /** Remembers what changed a register. */
  remember(groups: readonly StoredGroup[]): void;
  /** Remembers what may have been stored, or may yet be until some moment of the clock, as nobody has answered. */
  doubt(groups: readonly StoredGroup[], until: number): void;
  /** Notes how far replication had come when the primary said so: all that is remembered is before it. */
  mark(offset: number): void;
  /** Forgets what need not be kept. @param offsets how far each replica has come */
  forget(offsets: readonly number[]): void;
  /** What is remembered; nothing is any more. */
  take(): Remembered[];
  /** Remembers again what was taken. */
  putBack(entries: readonly Remembered[]): void;
  /** The bytes that no replica has. */
  bytesAtStake(): number;
  /** Memberships that were forgotten although no replica had them. */
  readonly dropped: number;
}

/** How long what replicas have is kept: another than those that have it may be promoted, and files are a second behind. */
const KEPT_MS = 30_000;

export function createMemory({ maxBytes, goesOn, isReplicated, now }: MemoryOptions): Memory {
  let entries: Remembered[] = [];
  let doubts: { until: number; entry: Remembered }[] = [];
  /** Where replication had come to when so many had been remembered since the start. */
  let marks: { offset: number; upTo: number }[] = [];
  let bytes = 0;
  let dropped = 0;
  /** How many have been forgotten, and how many replicas have, since the start. */
  let forgotten = 0;
  let replicated = 0;

  /** From the front, as far as may be. */
  const trim = () => {
    const oldest = now() - KEPT_MS;
    let count = 0;
    for (const { at, bytes: size, size: memberships } of entries) {
      const isSafe = !memory.isReplicated || forgotten + count < replicated;
      const isTooMuch = bytes > maxBytes();
      if (isSafe ? at >= oldest && !isTooMuch : !(isTooMuch && goesOn)) break;
      if (!isSafe) dropped += memberships;
      bytes -= size;
      count += 1;
    }
    forgotten += count;
    // Not one by one: taking from the front moves the rest.
    if (count > entries.length / 2) entries = entries.slice(count);
    else if (count > 0) entries.splice(0, count);
  };
  const add = (entry: Remembered) => {
    entries.push(entry);
    if (bytes > maxBytes()) trim();
  };

  const memory: Memory = {
    isReplicated,
    online: undefined,
    isFull: () => !goesOn && memory.isReplicated && bytes > maxBytes(),

    remember(groups) {
      if (groups.length === 0) return;
      const entry = toEntry(groups, now());
      bytes += entry.bytes;
      add(entry);
    },

    doubt(groups, until) {
      const entry = toEntry(groups, now());
      bytes += entry.bytes;
      doubts.push({ until, entry });
    },

    mark(offset) {
      // What may be stored after this moment is not before it.
      const settled = doubts.filter(({ until }) => until < now());
      const upTo = forgotten + entries.length;
      if (upTo > (marks.at(-1)?.upTo ?? 0)) marks.push({ offset, upTo });
      if (settled.length === 0) return;
      doubts = doubts.filter(({ until }) => until >= now());
      for (const { entry } of settled) add(entry);
    },

    forget(offsets) {
      const reached = bytes > maxBytes() / 2 ? Math.max(0, ...offsets) : Math.min(...offsets);
      const isReached = ({ offset }: { offset: number }) => offsets.length > 0 && offset <= reached;
      const left = marks.findIndex((mark) => !isReached(mark));
      const done = left < 0 ? marks.splice(0) : marks.splice(0, left);
      replicated = Math.max(replicated, done.at(-1)?.upTo ?? 0);
      trim();
    },

    take() {
      const taken = [...entries, ...doubts.map(({ entry }) => entry)];
      forgotten += entries.length;
      [entries, doubts, marks, bytes] = [[], [], [], 0];
      return taken;
    },

    putBack(again) {
      for (const entry of again) bytes += entry.bytes;
      entries.push(...again);
    },

    bytesAtStake() {
      if (!memory.isReplicated) return 0;
      const safe = entries.slice(0, Math.max(0, replicated - forgotten));
      return safe.reduce((sum, entry) => sum - entry.bytes, bytes);
    },

    get dropped() {
      return dropped;
    },
  };
  return memory;
}
