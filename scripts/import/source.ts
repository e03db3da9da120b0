import { checkNotAhead, parseName } from '../../src/domain/membership.js';
import { utcDay } from '../../src/domain/utc-day.js';
import type { Reading } from './bytes.js';
import { doubt } from './doubts.js';
import { type Fields, findFields, TIME } from './fields.js';
import type { Options } from './options.js';
import { type FileRecord, type Row, readRecords } from './records.js';
import { show, type Tally } from './tally.js';
import { parseTime } from './time.js';

/** A membership of the file that a service can take. */
export interface SourceMembership {
  line: number;
  segment: string;
  userId: string;
  /** Milliseconds since 1970, already shifted. */
  time: number;
}

/**
 * Opens a file of memberships.
 *
 * @param now the time of memberships without one, and what the newest is shifted to
 * @param onBroken told why no more of the file can be read; what was read before is streamed nevertheless
 * @returns a function that streams the memberships; what is none is noted in the tally
 * @throws Error when a field is not in the file, or the file has no rows
 */
export async function openSource(
  options: Options,
  now: number,
  signal: AbortSignal,
  onBroken: (error: unknown) => void,
) {
  const { file } = options;
  const fields = await findFields(options, signal);
  const newest = options.shiftToNow ? await newestTime(file, fields, signal) : now;
  const shiftMs = now - newest;

  return async function* memberships(
    tally: Tally,
    onBytes: Reading['onBytes'],
  ): AsyncGenerator<SourceMembership> {
    if (options.shiftToNow) tally.shiftedFrom = new Date(newest).toISOString();
    const reading = { signal, ...(onBytes && { onBytes }) };
    for await (const record of whileReadable(file, reading, onBroken)) {
      const { line, row, isCut } = record;
      if (row === undefined && record.flaw === undefined) {
        tally.blankLines += 1;
        continue;
      }
      tally.read += 1;
      if (isCut) tally.cutLine = line;
      const membership = toMembership(record, fields, now, shiftMs);
      if (typeof membership === 'string') {
        tally.skipped += 1;
        show(tally, line, membership);
      } else {
        doubt(tally.doubts, line, fields.segment, membership.segment);
        doubt(tally.doubts, line, fields.user, membership.userId);
        if (utcDay(membership.time) < firstDay(options)) tally.outOfWindow += 1;
        yield membership;
      }
    }
  };
}

/** The first UTC day of the window. */
function firstDay({ windowDays }: Options): number {
  return utcDay(Date.now()) - windowDays + 1;
}

/** Streams the records up to where the file is broken. */
async function* whileReadable(
  file: string,
  reading: Reading,
  onBroken: (error: unknown) => void = () => {},
): AsyncGenerator<FileRecord> {
  try {
    yield* readRecords(file, reading);
  } catch (error) {
    onBroken(error);
  }
}

/** A membership, or why a row is none. */
function toMembership(
  { line, row, flaw }: FileRecord,
  fields: Fields,
  now: number,
  shiftMs: number,
): SourceMembership | string {
  if (row === undefined) return flaw as string;
  try {
    const segment = parseName(fields.segment, row.get(fields.segment));
    const userId = parseName(fields.user, row.get(fields.user));
    const time = fields.time === undefined ? now : timeOf(row, fields.time) + shiftMs;
    if (fields.time === undefined && !fields.seenNow && row.get(TIME) !== undefined) {
      return `it has ${TIME}, which the first rows have not; say --time-field ${TIME}`;
    }
    return { line, segment, userId, time: checkNotAhead(time, Date.now()) };
  } catch (error) {
    return (error as Error).message;
  }
}

/** @throws Error when it has none, or what is no time */
function timeOf(row: Row, field: string): number {
  const value = row.get(field);
  const time = parseTime(value);
  if (time !== undefined) return time;
  if (value === undefined) throw new Error(`${field} is missing`);
  const shown = typeof value === 'string' ? `"${value}"` : JSON.stringify(value);
  throw new Error(`${field} is no time: ${shown}; --help has the forms that are`);
}

async function newestTime(file: string, { time }: Fields, signal: AbortSignal): Promise<number> {
  if (time === undefined) throw new Error('--shift-to-now needs --time-field');
  let newest = Number.NEGATIVE_INFINITY;
  for await (const { row } of whileReadable(file, { signal })) {
    newest = Math.max(newest, parseTime(row?.get(time)) ?? newest);
  }
  if (newest === Number.NEGATIVE_INFINITY)
    throw new Error(`no row of ${file} has a time in ${time}`);
  return newest;
}
