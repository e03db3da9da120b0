import { isUtf8 } from 'node:buffer';
import { Failure } from '../../domain/failure.js';
import { otherCoding } from '../request/other-codings.js';

/** Longest line in bytes: several times the longest membership with every character escaped. */
export const MAX_LINE_BYTES = 16_384;

/** Most bytes that are passed over of lines over the limit: beyond that it is hardly lines, and work for nothing. */
const MAX_DROPPED_BYTES = 1_000 * MAX_LINE_BYTES;

/** Why all lines have most likely come as one. */
export const ONE_LINE = 'curl sends line ends with --data-binary, not with -d';

const NEWLINE = 0x0a;

/**
 * Reads text in blocks of whole lines. Holds one chunk and at most one line, however long the text or a
 * line of it is; a line over the limit is cut one byte after it.
 *
 * @param chunks the text in pieces of any size
 * @returns each block, its last line with or without a line feed; undefined for one line that is not UTF-8
 * @throws Failure `invalid` where the text is of another coding, and once too much of lines over the limit was passed over
 */
export async function* readLines(
  chunks: AsyncIterable<Buffer>,
): AsyncGenerator<string | undefined> {
  let rest: Buffer = Buffer.alloc(0);
  let dropped = 0;
  let isFirst = true;
  for await (const chunk of chunks) {
    const block = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const end = block.lastIndexOf(NEWLINE) + 1;
    rest = block.subarray(end, end + MAX_LINE_BYTES + 1);
    dropped += block.length - end - rest.length;
    if (dropped > MAX_DROPPED_BYTES) throw hardlyLines();
    if (end === 0) continue;
    if (isFirst) checkCoding(block);
    isFirst = false;
    yield* decode(block.subarray(0, end));
  }
  if (isFirst) checkCoding(rest);
  if (rest.length > 0) yield* decode(rest);
}

/** Refuses a body of another coding as a whole: nothing of its lines can be read. */
function checkCoding(body: Buffer): void {
  const detail = otherCoding(body);
  if (detail !== undefined) throw new Failure('invalid', detail);
}

function* decode(block: Buffer): Generator<string | undefined> {
  if (isUtf8(block)) {
    yield block.toString();
    return;
  }
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
