import { checkNotAhead, parseName } from '../../src/shared/membership.js';
import { nearest } from '../../src/shared/nearest.js';
import { utcDay } from '../../src/shared/utc-day.js';
import type { Reading } from './bytes.js';
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

/** Where in a row is what. */
interface Fields {
  segment: string;
  user: string;
  time: string | undefined;
}

/** So many rows show which fields there are. */
const FIRST_ROWS = 100;

const TIME = 'occurred_at';

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
  const shiftMs = options.shiftToNow ? now - (await newestTime(file, fields, signal)) : 0;

  return async function* memberships(
    tally: Tally,
    onBytes: Reading['onBytes'],
  ): AsyncGenerator<SourceMembership> {
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
        if (utcDay(membership.time) < firstDay(options)) tally.outOfWindow += 1;
        yield membership;
      }
    }
  };
}

/** The first UTC day of the window. */
export function firstDay({ windowDays }: Options): number {
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
    if (fields.time === undefined && row.get(TIME) !== undefined) {
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
  throw new Error(`${field} is no time: ${shown}`);
}

async function findFields(options: Options, signal: AbortSignal): Promise<Fields> {
  const { file, segmentField: segment, userField: user } = options;
  const names = await fieldNames(file, signal);
  const time = options.timeField ?? (names.includes(TIME) ? TIME : undefined);
  for (const [option, field] of [
    ['--segment-field', segment],
    ['--user-field', user],
    ['--time-field', time],
  ] as const) {
    if (field === undefined) continue;
    const times = names.filter((name) => name === field).length;
    if (times === 1) continue;
    if (times > 1)
      throw new Error(`${file} has ${times} columns ${field}; give them different names`);
    const near = nearest(field, names);
    const remedy = near === undefined ? `${option} names another` : `is ${near} meant (${option})?`;
    throw new Error(`${file} has no field ${field}; it has ${names.join(', ')}; ${remedy}`);
  }
  return { segment, user, time };
}

/** The names of the columns, or all that the first objects have. */
async function fieldNames(file: string, signal: AbortSignal): Promise<string[]> {
  const first: (readonly string[])[] = [];
  let flaw = '';
  try {
    for await (const record of readRecords(file, { signal })) {
      if (record.row !== undefined) first.push(record.row.names());
      else if (record.flaw !== undefined) flaw ||= `; line ${record.line}: ${record.flaw}`;
      if (first.length === FIRST_ROWS) break;
    }
  } catch (error) {
    // What can be read is enough to begin with.
    if (first.length === 0) throw error;
  }
  const [names] = first;
  if (names === undefined)
    throw new Error(`${file} has no rows${flaw && ' that can be read'}${flaw}`);
  return [...names, ...new Set(first.flat().filter((name) => !names.includes(name)))];
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
