import { Failure, toFailure } from '../../domain/failure.js';
import type { UnknownMembers } from '../../domain/known-members.js';
import {
  checkNoStep,
  checkNotAhead,
  type Membership,
  parseMembership,
  parseRfc3339,
} from '../../domain/membership.js';
import { parseJson } from '../request/body.js';
import type { BulkSink } from './batcher.js';
import { createLineReader, MAX_LINE_BYTES, ONE_LINE } from './lines.js';

/**
 * How many more refused and blank lines a body may have than lines with a membership. A body with more is not NDJSON, and
 * reading it would be wasted work.
 */
export const MAX_WASTED = 1_000;

/**
 * Reads memberships, one per line, as fast as the sink has room. Blank lines are skipped, but counted.
 *
 * @param body a small body that has arrived, or one that arrives in pieces of any size
 * @param now the clock, in milliseconds, read once per chunk
 * @param unknown whether to refuse a line with unknown members
 * @throws Failure `invalid` if too many lines were refused or blank
 */
export async function readNdjson(
  body: Buffer | AsyncIterable<Buffer>,
  now: () => number,
  into: BulkSink,
  unknown: UnknownMembers = 'refuse',
): Promise<void> {
  const reading: Reading = { line: 1, mayWaste: MAX_WASTED, first: undefined, unknown };
  const sink: BulkSink = {
    add: into.add,
    room: into.room,
    refuse(line, why) {
      reading.first ??= { line, why };
      into.refuse(line, why);
    },
  };
  const lines = createLineReader();
  if (Buffer.isBuffer(body)) {
    for (const text of lines.next(body)) addBlock(text, reading, now(), sink);
  } else {
    for await (const chunk of body) {
      for (const text of lines.next(chunk)) {
        addBlock(text, reading, now(), sink);
        await sink.room(text?.length ?? 0);
      }
    }
  }
  for (const text of lines.last()) addBlock(text, reading, now(), sink);
}

/** @param text complete lines; undefined for a line that is not UTF-8 */
function addBlock(text: string | undefined, reading: Reading, now: number, sink: BulkSink): void {
  if (text !== undefined) {
    addLines(text, reading, now, sink);
    return;
  }
  sink.refuse(reading.line, notUtf8());
  reading.line += 1;
  reading.mayWaste -= 1;
  if (reading.mayWaste < 0) throw wasted(reading, reading.line);
}

interface Reading {
  /** The number of the next line. */
  line: number;
  /** How many more lines without a membership are allowed. */
  mayWaste: number;
  /** The first line that was refused. */
  first: { line: number; why: Failure } | undefined;
  unknown: UnknownMembers;
}

function notUtf8(): Failure {
  return new Failure('invalid', 'the line is not valid UTF-8', { code: 'invalid_json' });
}

// A membership in the usual form of programs needs no JSON parser: a name of at most 85 UTF-16 units without escapes or
// control characters is always valid, except `.` and `..` as segments. This is seven times as fast.
const NAME = String.raw`"([^"\\\x00-\x1f\x7f-\x9f]{1,85})"`;
const TIME = String.raw`(?:, ?"occurred_at": ?"([^"\\\x00-\x1f]{20,35})")?`;
const PLAIN = new RegExp(`\\{"segment": ?${NAME}, ?"user_id": ?${NAME}${TIME}\\}\\r?\\n`, 'y');

const LINE_FEED = 0x0a;

/** A hint about what was probably sent instead of NDJSON. */
function remedyOf(line: string, goesOn: boolean): string | undefined {
  if (line.trimStart().startsWith('[')) return 'a JSON array needs Content-Type: application/json';
  if (!goesOn) return undefined;
  return `a line has one membership and nothing behind it; ${ONE_LINE}`;
}

/** Adds complete lines. */
function addLines(text: string, reading: Reading, now: number, sink: BulkSink): void {
  let { line, mayWaste } = reading;
  const parse = (json: string) => parseMembership(parseJson(json, remedyOf), now, reading.unknown);
  for (let start = 0; start < text.length; line += 1) {
    if (mayWaste < 0) throw wasted(reading, line);
    // Handled first, because a few bytes of gzip can unpack to millions of empty lines.
    if (text.charCodeAt(start) === LINE_FEED) {
      start += 1;
      mayWaste -= 1;
      continue;
    }
    PLAIN.lastIndex = start;
    const plain = PLAIN.exec(text);
    let isAdded = plain === null ? undefined : addPlain(plain, line, now, sink);
    if (isAdded !== undefined) start = PLAIN.lastIndex;
    else {
      const newline = text.indexOf('\n', start);
      const end = newline < 0 ? text.length : newline;
      const json = text.slice(start, end);
      isAdded = addLine(json, line, parse, sink);
      start = end + 1;
    }
    mayWaste += isAdded ? 1 : -1;
  }
  if (mayWaste < 0) throw wasted(reading, line);
  reading.line = line;
  reading.mayWaste = mayWaste;
}

/** @param line the number of the line after the last one read */
function wasted({ first }: Reading, line: number): Failure {
  const reason = first === undefined ? '' : `; line ${first.line} was: ${first.why.message}`;
  return new Failure(
    'invalid',
    `the body must be NDJSON: up to line ${line - 1}, ${MAX_WASTED} lines more than had a membership were refused or blank${reason}`,
  );
}

/** Adds the membership that PLAIN matched, or refuses it; undefined if `parseMembership` has to check its time. */
function addPlain(
  plain: RegExpExecArray,
  line: number,
  now: number,
  sink: BulkSink,
): boolean | undefined {
  const [, segment = '', userId = '', time] = plain;
  const occurredAt = time === undefined ? now : parseRfc3339(time);
  if (occurredAt === undefined) return undefined;
  try {
    checkNoStep('segment', segment);
    sink.add(line, { segment, userId, occurredAt: checkNotAhead(occurredAt, now) });
    return true;
  } catch (error) {
    sink.refuse(line, toFailure(error));
    return false;
  }
}

const BYTE_ORDER_MARK = /^\ufeff/;

/** @returns whether it has a membership */
function addLine(
  text: string,
  line: number,
  parse: (json: string) => Membership,
  sink: BulkSink,
): boolean {
  const json = line === 1 ? text.replace(BYTE_ORDER_MARK, '') : text;
  if (json.trim() === '') return false;
  try {
    // A UTF-16 unit takes at most 3 bytes of UTF-8, so most lines need no counting.
    if (json.length > MAX_LINE_BYTES / 3 && Buffer.byteLength(json) > MAX_LINE_BYTES) {
      throw new Failure('invalid', `a line must be at most ${MAX_LINE_BYTES} bytes; ${ONE_LINE}`);
    }
    sink.add(line, parse(json));
    return true;
  } catch (error) {
    sink.refuse(line, toFailure(error));
    return false;
  }
}
