import type { Options } from './options.js';
import { type Row, readRows } from './records.js';
import { parseTime } from './time.js';

/** A membership of the file, as it stands there; the service checks it. */
export interface SourceMembership {
  segment: unknown;
  userId: unknown;
  /** Milliseconds since 1970, already shifted. */
  time: number;
}

/**
 * Opens a file of memberships.
 *
 * @param now the time of memberships without one, and what the newest is shifted to
 * @returns a function that streams the memberships, telling how many bytes of the file it read
 * @throws Error when a field is not in the file, or a time cannot be read
 */
export async function openSource(options: Options, now: number) {
  const { file, segmentField, userField } = options;
  const first = await firstRow(file);
  const timeField = options.timeField ?? ('occurred_at' in first ? 'occurred_at' : undefined);
  for (const field of [segmentField, userField, timeField]) {
    if (field === undefined || field in first) continue;
    throw new Error(`${file} has no field ${field}; it has ${Object.keys(first).join(', ')}`);
  }
  const shiftMs = options.shiftToNow ? now - (await newestTime(file, timeField)) : 0;

  return async function* memberships(
    onBytes: (bytes: number) => void,
  ): AsyncGenerator<SourceMembership> {
    let number = 1;
    for await (const row of readRows(file, onBytes)) {
      const time = timeField === undefined ? now : timeOf(row, timeField, number) + shiftMs;
      yield { segment: row[segmentField], userId: row[userField], time };
      number += 1;
    }
  };
}

async function firstRow(file: string): Promise<Row> {
  for await (const row of readRows(file)) return row;
  throw new Error(`${file} has no rows`);
}

async function newestTime(file: string, timeField: string | undefined): Promise<number> {
  if (timeField === undefined) throw new Error('--shift-to-now needs --time-field');
  let newest = Number.NEGATIVE_INFINITY;
  let number = 1;
  for await (const row of readRows(file)) {
    newest = Math.max(newest, timeOf(row, timeField, number));
    number += 1;
  }
  return newest;
}

function timeOf(row: Row, field: string, number: number): number {
  const time = parseTime(row[field]);
  if (time === undefined) throw new Error(`row ${number}: ${field} is no time: ${row[field]}`);
  return time;
}
