import { isUtf8 } from 'node:buffer';
import { Failure } from '../../domain/failure.js';
import { otherCoding } from '../request/other-codings.js';

/** Maximum length of a line in bytes: several times the longest membership with every character escaped. */
export const MAX_LINE_BYTES = 16_384;

/**
 * Maximum of bytes of overlong lines that are skipped. A body with more is not NDJSON, and reading it would be wasted work.
 */
const MAX_DROPPED_BYTES = 1_000 * MAX_LINE_BYTES;

/** The most likely reason why all lines arrived as one. */
export const ONE_LINE = 'curl sends line ends with --data-binary, not with -d';

const NEWLINE = 0x0a;

/** Reads text in blocks of complete lines. A block is undefined for a single line that is not UTF-8. */
export interface LineReader {
  /**
   * @returns the lines that are complete now
   * @throws Failure `invalid` if the text has another encoding, or if too many bytes of overlong lines were skipped
   */
  next(chunk: Buffer): Iterable<string | undefined>;
  /**
   * @returns the last line, if it lacks its line feed
   * @throws Failure `invalid` if the text has another encoding
   */
  last(): Iterable<string | undefined>;
}

/**
 * It holds one chunk and at most one line, even if the text or a line is very long. A line over the limit is cut one byte
 * beyond the limit, so that later code still sees that it is too long.
 */
export function createLineReader(): LineReader {
  let rest: Buffer = EMPTY;
  let dropped = 0;
  let isFirst = true;
  return {
    next(chunk) {
      const block = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      const end = block.lastIndexOf(NEWLINE) + 1;
      rest = block.subarray(end, end + MAX_LINE_BYTES + 1);
      dropped += block.length - end - rest.length;
      if (dropped > MAX_DROPPED_BYTES) throw hardlyLines();
      if (end === 0) return NO_LINES;
      if (isFirst) checkCoding(block);
      isFirst = false;
      return decode(block.subarray(0, end));
    },
    last() {
      if (isFirst) checkCoding(rest);
      return rest.length === 0 ? NO_LINES : decode(rest);
    },
  };
}

const EMPTY = Buffer.alloc(0);
const NO_LINES: readonly string[] = [];

/** Refuses the whole body if it has another encoding, because none of its lines can be read. */
function checkCoding(body: Buffer): void {
  const detail = otherCoding(body);
  if (detail !== undefined) throw new Failure('invalid', detail);
}

/**
 * The bytes of lines that become one text. The names in it are slices, and each of them keeps all of the text in memory: a
 * body that is blank but for one name may take no more than this while it waits.
 */
const TEXT_BYTES = 4_096;

function decode(block: Buffer): Iterable<string | undefined> {
  if (!isUtf8(block)) return decodeEach(block);
  return block.length <= TEXT_BYTES ? [block.toString()] : decodeParts(block);
}

function* decodeParts(block: Buffer): Generator<string> {
  for (let start = 0; start < block.length; ) {
    const end = block.indexOf(NEWLINE, start + TEXT_BYTES) + 1 || block.length;
    yield block.toString('utf8', start, end);
    start = end;
  }
}

function* decodeEach(block: Buffer): Generator<string | undefined> {
  for (let start = 0; start < block.length; ) {
    const end = block.indexOf(NEWLINE, start) + 1 || block.length;
    const line = block.subarray(start, end);
    yield isUtf8(line) ? line.toString() : undefined;
    start = end;
  }
}

function hardlyLines(): Failure {
  return new Failure(
    'invalid',
    `a line must be at most ${MAX_LINE_BYTES} bytes; ${MAX_DROPPED_BYTES} bytes of longer ones have come; ${ONE_LINE}`,
  );
}
