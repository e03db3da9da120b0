import { createFifo, type Fifo } from './fifo.js';

/** A line for each client, which take turns. All steps but `takeUnless` cost the same however many wait. */
export interface FairLines<Entry> {
  /** Entries in all lines. */
  readonly size: number;
  /** Entries in the longest. */
  readonly longest: number;
  lengthOf(client: string): number;
  /** Adds one to the end of a line. */
  add(client: string, entry: Entry): void;
  /** Takes the first of the line whose turn it is; its next turn comes after that of all others. */
  next(): Entry | undefined;
  /** Takes the last of a line that none is longer than. */
  takeLastOfLongest(): Entry | undefined;
  /** Takes those that are not to stay. */
  takeUnless(stays: (entry: Entry) => boolean): Entry[];
}

interface Line<Entry> {
  client: string;
  entries: Fifo<Entry>;
}

export function createFairLines<Entry>(): FairLines<Entry> {
  /** None is empty; each has one turn. */
  const lines = new Map<string, Line<Entry>>();
  const turns = createFifo<Line<Entry>>();
  /** The lines of each length from 1 to the longest. */
  const ofLength: Set<Line<Entry>>[] = [];
  let size = 0;

  /** Runs what changes the length of a line, and notes it. */
  const change = <Result>(line: Line<Entry>, by: () => Result): Result => {
    const before = line.entries.length;
    const result = by();
    const after = line.entries.length;
    size += after - before;
    ofLength[before - 1]?.delete(line);
    if (after === 0) lines.delete(line.client);
    // A line grows by one at a time, so there is no gap.
    else if (ofLength[after - 1]?.add(line) === undefined) ofLength.push(new Set([line]));
    while (ofLength.at(-1)?.size === 0) ofLength.pop();
    return result;
  };

  return {
    get size() {
      return size;
    },
    get longest() {
      return ofLength.length;
    },
    lengthOf: (client) => lines.get(client)?.entries.length ?? 0,
    add(client, entry) {
      let line = lines.get(client);
      if (line === undefined) {
        line = { client, entries: createFifo() };
        lines.set(client, line);
        turns.push(line);
      }
      const { entries } = line;
      change(line, () => entries.push(entry));
    },
    next() {
      const line = turns.shift();
      if (line === undefined) return undefined;
      const entry = change(line, line.entries.shift);
      if (line.entries.length > 0) turns.push(line);
      return entry;
    },
    takeLastOfLongest() {
      const [line] = ofLength.at(-1) ?? [];
      if (line === undefined) return undefined;
      const entry = change(line, line.entries.pop);
      if (line.entries.length === 0) turns.takeUnless((other) => other !== line);
      return entry;
    },
    takeUnless(stays) {
      const taken = Array.from(lines.values()).flatMap((line) =>
        change(line, () => line.entries.takeUnless(stays)),
      );
      if (taken.length > 0) turns.takeUnless(({ entries }) => entries.length > 0);
      return taken;
    },
  };
}
