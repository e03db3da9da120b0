import { isUtf8 } from 'node:buffer';

/** Longest line in bytes: several times the longest membership with every character escaped. */
export const MAX_LINE_BYTES = 16_384;

const NEWLINE = 0x0a;

/**
 * Reads text in blocks of whole lines. Holds one chunk and at most one line, however long the text or a
 * line of it is; a line over the limit is cut one byte after it.
 *
 * @param chunks the text in pieces of any size
 * @returns each block, its last line with or without a line feed; undefined for one line that is not UTF-8
 */
export async function* readLines(
  chunks: AsyncIterable<Buffer>,
): AsyncGenerator<string | undefined> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const block = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const end = block.lastIndexOf(NEWLINE) + 1;
    rest = block.subarray(end, end + MAX_LINE_BYTES + 1);
    if (end > 0) yield* decode(block.subarray(0, end));
  }
  if (rest.length > 0) yield* decode(rest);
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
