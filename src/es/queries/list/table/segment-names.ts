import { lowerBound } from './segment-order.js';

/** A name in UTF-8, as a part of a block of bytes. */
export interface NameBytes {
  bytes: Uint8Array;
  from: number;
  to: number;
}

/** Names in one block of memory. The id of a name is how many names were added before it. */
export interface SegmentNames {
  readonly size: number;
  /** How many bytes all names take. */
  readonly bytes: number;
  add(name: NameBytes): void;
  /** Below 0 if the first name comes before the second, 0 if they are equal. */
  compare(id: number, name: NameBytes): number;
  compareIds(id: number, other: number): number;
  startsWith(id: number, prefix: NameBytes): boolean;
  /** The names of some ids, joined by line feeds; no name contains a line feed. */
  text(fromId: number, toId: number): string;
  /** The id of a name among ids that are sorted by name; undefined if it is not among them. */
  find(sorted: Uint32Array, name: NameBytes): number | undefined;
  /** Removes the names that are not kept. The others get lower ids, in the same order. */
  keep(isKept: (id: number) => boolean): void;
}

/** The initial room, in ids. */
export const FIRST_ROOM = 1_024;

/** Separates names. */
const LINE_FEED = 0x0a;

/**
 * Names are sorted by their UTF-16 code units. All names are one object here: a million objects would cost the garbage
 * collector more than the work on them.
 *
 * @param maxBytes how many bytes all names may take. They are reserved at the start; the system allocates the memory only
 *   when it is written to.
 */
export function createSegmentNames(maxBytes: number): SegmentNames {
  const pool = Buffer.from(new ArrayBuffer(maxBytes));
  /** The position at which each name begins; a line feed comes before the next name. */
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
      let kept = 0;
      let end = 0;
      for (let id = 0; id < size; id += 1) {
        if (!isKept(id)) continue;
        const from = starts[id] as number;
        const to = starts[id + 1] as number;
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

/** A copy with room for more numbers. */
export function grow<Numbers extends Uint32Array | Uint8Array>(
  numbers: Numbers,
  room: number,
): Numbers {
  const grown = new (numbers.constructor as new (room: number) => Numbers)(room);
  grown.set(numbers);
  return grown;
}

/** A name as bytes. */
export function nameBytes(text: string): NameBytes {
  const bytes = Buffer.from(text);
  return { bytes, from: 0, to: bytes.length };
}

/** Splits names that are joined by line feeds. */
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
 * The order of a first byte of UTF-8 by UTF-16 code units: code points above U+FFFF, whose first byte is 0xF0 or more, come
 * before U+E000 to U+FFFF, whose first byte is 0xEE or 0xEF.
 */
function rank(byte: number): number {
  return byte === 0xee || byte === 0xef ? byte + 0x10 : byte;
}
