import { isUtf8 } from 'node:buffer';

/** A line of a file. */
export interface Line {
  /** From 1. */
  number: number;
  /** Without what ends it; where it cannot be read, its bytes as characters of the same numbers. */
  text: string;
  /** Why it cannot be read. */
  flaw?: string;
  /** Whether the file ended before the line did. */
  isCut?: true;
}

/** Longest line and longest CSV record, in bytes. */
export const MAX_LENGTH = 1024 * 1024;

/** Why a line or a CSV record cannot be read. */
export const TOO_LONG = `longer than ${MAX_LENGTH} bytes`;
export const NOT_UTF8 =
  'not valid UTF-8; what is in another encoding can be converted (iconv -f WINDOWS-1252 -t UTF-8)';

const NEWLINE = 0x0a;

/**
 * Reads the lines of a text, many at a time. Holds one chunk and at most one line, of which it keeps `MAX_LENGTH`.
 *
 * @param chunks the text in pieces of any size, without a byte order mark
 */
export async function* readLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Line[]> {
  let rest: Buffer = Buffer.alloc(0);
  let number = 1;
  for await (const chunk of chunks) {
    const block = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const end = block.lastIndexOf(NEWLINE) + 1;
    rest = block.subarray(end, end + MAX_LENGTH + 1);
    if (end === 0) continue;
    const lines = cut(block.subarray(0, end - 1), number);
    number += lines.length;
    yield lines;
  }
  if (rest.length > 0) yield cut(rest, number).map((line) => ({ ...line, isCut: true }));
}

/** @param block whole lines, without the last line feed */
function cut(block: Buffer, first: number): Line[] {
  const areReadable = isUtf8(block);
  const texts = block.toString(areReadable ? 'utf8' : 'latin1').split('\n');
  return texts.map((text, index) => {
    const line: Line = {
      number: first + index,
      text: text.endsWith('\r') ? text.slice(0, -1) : text,
    };
    if (text.length > MAX_LENGTH) line.flaw = TOO_LONG;
    else if (!areReadable) readAlone(line);
    return line;
  });
}

/** Reads a line beside one that is not UTF-8; it may be that one. */
function readAlone(line: Line): void {
  const bytes = Buffer.from(line.text, 'latin1');
  if (isUtf8(bytes)) line.text = bytes.toString();
  else line.flaw = NOT_UTF8;
}
