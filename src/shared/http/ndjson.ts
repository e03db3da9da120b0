import { Failure, toFailure } from '../failure.js';
import { checkNotAhead, parseMembership, parseRfc3339 } from '../membership.js';
import { parseJson } from './body.js';
import type { BulkSink } from './bulk.js';
import { MAX_LINE_BYTES, readLines } from './lines.js';

/**
 * Reads memberships, one a line, as far as the sink has room. Blank lines are passed over, but counted.
 *
 * @param chunks the body in pieces of any size
 * @param now the clock, in milliseconds, read once a chunk
 */
export async function readNdjson(
  chunks: AsyncIterable<Buffer>,
  now: () => number,
  sink: BulkSink,
): Promise<void> {
  let line = 1;
  for await (const text of readLines(chunks)) {
    if (text !== undefined) line = addLines(text, line, now(), sink);
    else {
      sink.refuse(line, 'the line is not valid UTF-8');
      line += 1;
    }
    await sink.room(text?.length ?? 0);
  }
}

// A membership as programs write it needs no JSON parser: a name of at most 85 UTF-16 units without
// escapes or control characters is valid as it stands. This is seven times as fast.
const NAME = String.raw`"([^"\\\x00-\x1f\x7f-\x9f]{1,85})"`;
const TIME = String.raw`(?:, ?"occurred_at": ?"([^"\\\x00-\x1f]{20,35})")?`;
const PLAIN = new RegExp(`\\{"segment": ?${NAME}, ?"user_id": ?${NAME}${TIME}\\}\\r?\\n`, 'y');

const LINE_FEED = 0x0a;

/** Adds whole lines, and returns the number of the next one. */
function addLines(text: string, firstLine: number, now: number, sink: BulkSink): number {
  let line = firstLine;
  for (let start = 0; start < text.length; line += 1) {
    // A few bytes of gzip make millions of empty lines.
    if (text.charCodeAt(start) === LINE_FEED) {
      start += 1;
      continue;
    }
    PLAIN.lastIndex = start;
    const plain = PLAIN.exec(text);
    if (plain !== null && addPlain(plain, line, now, sink)) {
      start = PLAIN.lastIndex;
      continue;
    }
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    addLine(text.slice(start, end), line, now, sink);
    start = end + 1;
  }
  return line;
}

/** Adds what PLAIN matched; false where its time is for `parseMembership` to judge. */
function addPlain(plain: RegExpExecArray, line: number, now: number, sink: BulkSink): boolean {
  const [, segment = '', userId = '', time] = plain;
  const occurredAt = time === undefined ? now : parseRfc3339(time);
  if (occurredAt === undefined) return false;
  try {
    sink.add(line, { segment, userId, occurredAt: checkNotAhead(occurredAt, now) });
  } catch (error) {
    sink.refuse(line, toFailure(error).message);
  }
  return true;
}

const BYTE_ORDER_MARK = /^\ufeff/;

function addLine(text: string, line: number, now: number, sink: BulkSink): void {
  const json = line === 1 ? text.replace(BYTE_ORDER_MARK, '') : text;
  if (json.trim() === '') return;
  try {
    // A UTF-16 unit takes at most 3 bytes of UTF-8, so most lines need no counting.
    if (json.length > MAX_LINE_BYTES / 3 && Buffer.byteLength(json) > MAX_LINE_BYTES) {
      throw new Failure('invalid', `a line must be at most ${MAX_LINE_BYTES} bytes`);
    }
    sink.add(line, parseMembership(parseJson(json), now));
  } catch (error) {
    sink.refuse(line, toFailure(error).message);
  }
}
