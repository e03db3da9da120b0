import { createFifo, type Fifo } from './fifo.js';

/**
 * A waiting line for each client, served round robin. The cost of each method except `takeUnless` does not depend on the
 * number of entries.
 */
export interface FairLines<Entry> {
  /** The number of entries in all lines. */
  readonly size: number;
  /** The number of entries in the longest line. */
  readonly longest: number;
  lengthOf(client: string): number;
  /** Adds an entry to the end of the line of a client. */
  add(client: string, entry: Entry): void;
  /** Takes the first entry of the line that is served next. That line is served again after all others. */
  next(): Entry | undefined;
  /** Takes the last entry of the longest line. */
  takeLastOfLongest(): Entry | undefined;
  /** Takes all entries for which `stays` returns false. */
  takeUnless(stays: (entry: Entry) => boolean): Entry[];
}

interface Line<Entry> {
  client: string;
  entries: Fifo<Entry>;
}

export function createFairLines<Entry>(): FairLines<Entry> {
  /** No line is empty; each is in the round once. */
  const lines = new Map<string, Line<Entry>>();
  /** In the order in which they are served. */
  const round = createFifo<Line<Entry>>();
  /** The lines of each length from 1 to the longest. */
  const ofLength: Set<Line<Entry>>[] = [];
  let size = 0;

  /** Runs a change of a line, and keeps the lengths up to date. */
  const change = <Result>(line: Line<Entry>, by: () => Result): Result => {
    const before = line.entries.length;
    const result = by();
    const after = line.entries.length;
    size += after - before;
    ofLength[before - 1]?.delete(line);
    if (after === 0) lines.delete(line.client);
    // A line grows by one entry at a time, so there is no gap.
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
        round.push(line);
      }
      const { entries } = line;
      change(line, () => entries.push(entry));
    },
    next() {
      const line = round.shift();
      if (line === undefined) return undefined;
      const entry = change(line, line.entries.shift);
      if (line.entries.length > 0) round.push(line);
      return entry;
    },
    takeLastOfLongest() {
      const [line] = ofLength.at(-1) ?? [];
      if (line === undefined) return undefined;
      const entry = change(line, line.entries.pop);
      if (line.entries.length === 0) round.takeUnless((other) => other !== line);
      return entry;
    },
    takeUnless(stays) {
      const taken = Array.from(lines.values()).flatMap((line) =>
        change(line, () => line.entries.takeUnless(stays)),
      );
      if (taken.length > 0) round.takeUnless(({ entries }) => entries.length > 0);
      return taken;
    },
  };
}
