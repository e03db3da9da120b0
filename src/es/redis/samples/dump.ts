/** The type of a set of whole numbers that is an array (`RDB_TYPE_SET_INTSET` in `rdb.h` of Redis). */
const INTSET = 11;
/** Behind the value: 2 bytes of version, 8 bytes of checksum. */
const FOOTER_BYTES = 10;
/** The array begins with the bytes of each number and their count, 4 bytes each. */
const HEADER_BYTES = 8;

/**
 * The numbers of a set as DUMP shows it, ascending: its array as it is in memory. For Redis this takes as long as SMEMBERS,
 * and for ES a fiftieth of that, as no number becomes a text.
 *
 * @returns undefined if it is no array of numbers that a double holds
 */
export function numbersOfDump(dump: Buffer): Float64Array | undefined {
  if (dump[0] !== INTSET) return undefined;
  // A copy, because numbers in memory must be aligned.
  const { buffer, byteOffset } = new Uint8Array(readText(dump.subarray(1, -FOOTER_BYTES)));
  const [bytesEach, count] = new Uint32Array(buffer, byteOffset, 2) as unknown as [number, number];
  const start = byteOffset + HEADER_BYTES;
  if (bytesEach === 2) return new Float64Array(new Int16Array(buffer, start, count));
  if (bytesEach === 4) return new Float64Array(new Int32Array(buffer, start, count));
  const low = new Uint32Array(buffer, start, 2 * count);
  const high = new Int32Array(buffer, start, 2 * count);
  const numbers = new Float64Array(count);
  for (let index = 0; index < count; index += 1) {
    numbers[index] = (high[2 * index + 1] as number) * 2 ** 32 + (low[2 * index] as number);
  }
  return numbers;
}

/** Reads a text: its length (`rdbLoadLen` in `rdb.c` of Redis), and its bytes, which may be compressed. */
function readText(bytes: Buffer): Buffer {
  const [length, start] = readLength(bytes, 0);
  if (length >= 0) return bytes.subarray(start, start + length);
  const [, afterPacked] = readLength(bytes, start);
  const [unpacked, from] = readLength(bytes, afterPacked);
  return unpack(bytes.subarray(from), unpacked);
}

/** @returns a length, or −1 if compressed bytes follow, and what is behind it */
function readLength(bytes: Buffer, at: number): [length: number, next: number] {
  const first = bytes[at] as number;
  const low = first & 63;
  if (first < 0x40) return [low, at + 1];
  if (first < 0x80) return [(low << 8) | (bytes[at + 1] as number), at + 2];
  return first === 0x80 ? [bytes.readUInt32BE(at + 1), at + 5] : [-1, at + 1];
}

/**
 * Unpacks LZF, the compression of Redis (`lzf_d.c` of liblzf): 000nnnnn is followed by n + 1 bytes; any other byte repeats
 * bytes that were unpacked before, as many as its 3 highest bits say, plus 2, or if these are 111 plus the next byte; the
 * other 5 bits and the next byte say how far before, minus 1.
 */
function unpack(packed: Buffer, length: number): Buffer {
  const unpacked = Buffer.alloc(length);
  let to = 0;
  for (let at = 0; at < packed.length && to < length; ) {
    const control = packed[at] as number;
    at += 1;
    if (control < 32) {
      to += packed.copy(unpacked, to, at, at + control + 1);
      at += control + 1;
      continue;
    }
    let count = (control >> 5) + 2;
    if (count === 9) {
      count += packed[at] as number;
      at += 1;
    }
    let from = to - (((control & 31) << 8) | (packed[at] as number)) - 1;
    at += 1;
    // Byte by byte: what is repeated may include what it makes.
    for (let copied = 0; copied < count; copied += 1, from += 1, to += 1) {
      unpacked[to] = unpacked[from] as number;
    }
  }
  return unpacked;
}
