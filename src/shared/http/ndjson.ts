import { isUtf8 } from 'node:buffer';
import { Failure } from '../failure.js';
import { parseJson } from './body.js';

/** One entry of a bulk body: its line from 1, and its value or why it has none. */
export type Entry = { line: number; value: unknown } | { line: number; failure: Failure };

/** Longest line in bytes: several times the longest membership with every character escaped. */
export const MAX_LINE_BYTES = 16_384;

const NEWLINE = 0x0a;
const BYTE_ORDER_MARK = /^\ufeff/;

/**
 * Reads newline-delimited JSON. Holds one chunk and at most one line, however long the body or a line of
 * it is. Blank lines are passed over, but counted.
 *
 * @param chunks the body in pieces of any size
 * @returns the entries in groups, one group a chunk
 */
export async function* readNdjson(chunks: AsyncIterable<Buffer>): AsyncGenerator<Entry[]> {
  let rest: Buffer = Buffer.alloc(0);
  let line = 1;
  for await (const chunk of chunks) {
    const block = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const end = block.lastIndexOf(NEWLINE) + 1;
    // A line that grows beyond the limit keeps one byte too many, which is what refuses it at its end.
    rest = block.subarray(end, end + MAX_LINE_BYTES + 1);
    if (end === 0) continue;
    const lines = splitLines(block.subarray(0, end - 1));
    yield parseLines(lines, line);
    line += lines.length;
  }
  yield parseLines(splitLines(rest), line);
}

/** The lines as text; undefined for one that is not UTF-8. */
function splitLines(block: Buffer): (string | undefined)[] {
  if (isUtf8(block)) return block.toString().split('\n');
  const lines: (string | undefined)[] = [];
  let start = 0;
  while (start <= block.length) {
    const newline = block.indexOf(NEWLINE, start);
    const end = newline < 0 ? block.length : newline;
    const line = block.subarray(start, end);
    lines.push(isUtf8(line) ? line.toString() : undefined);
    start = end + 1;
  }
  return lines;
}

function parseLines(lines: readonly (string | undefined)[], firstLine: number): Entry[] {
  const entries: Entry[] = [];
  lines.forEach((text, index) => {
    const line = firstLine + index;
    // What starts an object is not blank; asking that first keeps trim() off the usual line.
    if (text?.startsWith('{') || text?.trim() !== '') entries.push(parseLine(text, line));
  });
  return entries;
}

function parseLine(text: string | undefined, line: number): Entry {
  if (text === undefined) {
    return { line, failure: new Failure('invalid', 'the line is not valid UTF-8') };
  }
  // A UTF-16 unit takes at most 3 bytes of UTF-8, so most lines need no counting.
  if (text.length > MAX_LINE_BYTES / 3 && Buffer.byteLength(text) > MAX_LINE_BYTES) {
    return {
      line,
      failure: new Failure('invalid', `a line must be at most ${MAX_LINE_BYTES} bytes`),
    };
  }
  try {
    return { line, value: parseJson(line === 1 ? text.replace(BYTE_ORDER_MARK, '') : text) };
  } catch (error) {
    return { line, failure: error as Failure };
  }
}
