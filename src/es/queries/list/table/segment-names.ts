import { lowerBound } from './segment-order.js';

/** A piece of bytes, as UTF-8 has a name. */
export interface NameBytes {
  bytes: Uint8Array;
  from: number;
  to: number;
}

/** Names in one piece of memory, each by its id: the number of names that were added before it. */
export interface SegmentNames {
  readonly size: number;
  /** Bytes that all names take. */
  readonly bytes: number;
  add(name: NameBytes): void;
  /** Below 0 where a name comes before another one, 0 where they are the same. */
  compare(id: number, name: NameBytes): number;
  compareIds(id: number, other: number): number;
  startsWith(id: number, prefix: NameBytes): boolean;
  /** The names of some ids, joined by line feeds, which no name contains. */
  text(fromId: number, toId: number): string;
  /** The id of a name among ids by name; undefined where it is none of them. */
  find(sorted: Uint32Array, name: NameBytes): number | undefined;
  /** Forgets all but some. The ids of these are lower then, in the same order. */
  keep(isKept: (id: number) => boolean): void;
}

/** How many ids there is room for at first. */
export const FIRST_ROOM = 1_024;

/** What is between names. */
const LINE_FEED = 0x0a;

/**
 * Names are sorted by their UTF-16 code units. A million of them are one object here, not a million, which cost the
 * garbage collector more than the work on them.
 *
 * @param maxBytes what all names may take. It is reserved at once, and the system gives memory as it is written to.
 */
export function createSegmentNames(maxBytes: number): SegmentNames {
  const pool = Buffer.from(new ArrayBuffer(maxBytes));
  /** Where each name begins; it ends at a line feed before the next one. */
  let starts = new Uint32Array(FIRST_ROOM + 1);
  let size = 0;

  const at = (id: number): NameBytes => ({
    bytes: pool,
    from: starts[id] as number,
    to: (starts[id + 1] as number) - 1,
  });

  return {
    get size() {
      return size;
    },
    get bytes() {
      return starts[size] as number;
    },

    add({ bytes, from, to }) {
      if (size + 1 === starts.length) starts = grow(starts, size * 2 + 1);
      const start = starts[size] as number;
      pool.set(bytes.subarray(from, to), start);
      const end = start + to - from;
      pool[end] = LINE_FEED;
      size += 1;
      starts[size] = end + 1;
    },

    find(sorted, name) {
      const compareAt = (place: number) => compareNames(at(sorted[place] as number), name);
      const place = lowerBound(sorted.length, (one) => compareAt(one) < 0);
      return place < sorted.length && compareAt(place) === 0 ? sorted[place] : undefined;
    },
    compare: (id, name) => compareNames(at(id), name),
    compareIds: (id, other) => compareNames(at(id), at(other)),

    startsWith(id, prefix) {
      const { from, to } = at(id);
      const length = prefix.to - prefix.from;
      return (
        to - from >= length && compareNames({ bytes: pool, from, to: from + length }, prefix) === 0
      );
    },

    text: (fromId, toId) =>
      pool.toString('utf8', starts[fromId], Math.max(0, (starts[toId] as number) - 1)),

    keep(isKept) {
      let [kept, end] = [0, 0];
      for (let id = 0; id < size; id += 1) {
        if (!isKept(id)) continue;
        const [from, to] = [starts[id] as number, starts[id + 1] as number];
        pool.copyWithin(end, from, to);
        starts[kept] = end;
        kept += 1;
        end += to - from;
      }
      starts[kept] = end;
      size = kept;
    },
  };
}

/** The same numbers with room for more. */
export function grow<Numbers extends Uint32Array | Uint8Array>(
  numbers: Numbers,
  room: number,
): Numbers {
  const grown = new (numbers.constructor as new (room: number) => Numbers)(room);
  grown.set(numbers);
  return grown;
}

/** A text as bytes. */
export function nameBytes(text: string): NameBytes {
  const bytes = Buffer.from(text);
  return { bytes, from: 0, to: bytes.length };
}

/** Names that are joined by line feeds. */
export function splitNames(bytes: Uint8Array): NameBytes[] {
  const names: NameBytes[] = [];
  for (let from = 0; from <= bytes.length; ) {
    const end = bytes.indexOf(LINE_FEED, from);
    const to = end < 0 ? bytes.length : end;
    names.push({ bytes, from, to });
    from = to + 1;
  }
  return names;
}

function compareNames(one: NameBytes, other: NameBytes): number {
  const length = Math.min(one.to - one.from, other.to - other.from);
  for (let index = 0; index < length; index += 1) {
    const byte = one.bytes[one.from + index] as number;
    const against = other.bytes[other.from + index] as number;
    if (byte !== against) return rank(byte) - rank(against);
  }
  return one.to - one.from - (other.to - other.from);
}

/**
 * UTF-8 sorts by code points. By code units those beyond U+FFFF, whose first byte is 0xF0 or more, come before U+E000
 * to U+FFFF, whose first byte is 0xEE or 0xEF.
 */
function rank(byte: number): number {
  return byte === 0xee || byte === 0xef ? byte + 0x10 : byte;
}
