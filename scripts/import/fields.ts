import { nearest } from '../../src/domain/nearest.js';
import type { Options } from './options.js';
import { type Row, readRecords } from './records.js';

/** Where in a row is what. */
export interface Fields {
  segment: string;
  user: string;
  /** Undefined where all rows count as seen now. */
  time: string | undefined;
  /** Whether that was asked for. */
  seenNow: boolean;
}

/** The field of the time, unless another is named. */
export const TIME = 'occurred_at';

/** So many rows show which fields there are. */
const FIRST_ROWS = 100;

/**
 * Finds the fields of a file.
 *
 * @throws Error when one is not in the file, the file has no rows, or times that nothing was said about
 */
export async function findFields(options: Options, signal: AbortSignal): Promise<Fields> {
  const { file, segmentField: segment, userField: user } = options;
  const columns = await readColumns(file, signal);
  const names = columns.map(({ name }) => name);
  const time = options.seenNow
    ? undefined
    : (options.timeField ?? (names.includes(TIME) ? TIME : undefined));
  for (const [option, field] of [
    ['--segment-field', segment],
    ['--user-field', user],
    ['--time-field', time],
  ] as const) {
    if (field !== undefined) requireField(file, option, field, names);
  }
  const [times] = columns.filter(
    (column) => column.name !== segment && column.name !== user && isOfTimes(column),
  );
  if (time === undefined && !options.seenNow && times !== undefined) {
    throw new Error(
      `${file} has no field ${TIME}, but ${times.name} seems to be one of times; --time-field "${times.name}" reads it, --seen-now counts all rows as seen now`,
    );
  }
  return { segment, user, time, seenNow: options.seenNow };
}

function requireField(file: string, option: string, field: string, names: string[]): void {
  const times = names.filter((name) => name === field).length;
  if (times === 1) return;
  if (times > 1)
    throw new Error(`${file} has ${times} columns ${field}; give them different names`);
  const separator = names.length === 1 ? /[;\t|]/.exec(names[0] as string)?.[0] : undefined;
  if (separator !== undefined) {
    const name = separator === '\t' ? 'tabs' : `"${separator}"`;
    throw new Error(`${file} has ${name} between its fields; save it with commas`);
  }
  const near = nearest(field, names);
  const remedy = near === undefined ? `${option} names another` : `is ${near} meant (${option})?`;
  throw new Error(`${file} has no field ${field}; it has ${names.join(', ')}; ${remedy}`);
}

interface Column {
  name: string;
  /** What the first rows have there. */
  values: unknown[];
}

/** The columns, or all fields that the first objects have. */
async function readColumns(file: string, signal: AbortSignal): Promise<Column[]> {
  const columns: Column[] = [];
  let rows = 0;
  let flaw = '';
  try {
    for await (const { line, row, flaw: itsFlaw } of readRecords(file, { signal })) {
      if (itsFlaw !== undefined) flaw ||= `; line ${line}: ${itsFlaw}`;
      if (row === undefined) continue;
      addTo(columns, row);
      rows += 1;
      if (rows === FIRST_ROWS) break;
    }
  } catch (error) {
    // What can be read is enough to begin with.
    if (rows === 0) throw error;
  }
  if (rows === 0) throw new Error(`${file} has no rows${flaw && ' that can be read'}${flaw}`);
  return columns;
}

function addTo(columns: Column[], row: Row): void {
  const isFirst = columns.length === 0;
  for (const name of row.names()) {
    // Two columns of the header may have one name.
    if (isFirst || !columns.some((column) => column.name === name)) {
      columns.push({ name, values: [] });
    }
  }
  for (const { name, values } of columns) values.push(row.get(name));
}

const TIME_WORDS = new Set(['at', 'date', 'datetime', 'day', 'time', 'timestamp', 'ts']);

/** As dates are written, whether the importer reads them so or not. */
const DATE = /^\s*(\d{4}([-/.])\d{1,2}\2\d{1,2}|\d{1,2}([-/.])\d{1,2}\3\d{4})(?!\d)/;

/** Whether a column has times, by a word of its name or by its values. */
function isOfTimes({ name, values }: Column): boolean {
  const words = name.replaceAll(/(\p{Ll})(\p{Lu})/gu, '$1 $2').toLowerCase();
  if (words.split(/[^\p{L}]+/u).some((word) => TIME_WORDS.has(word))) return true;
  return values.some((value) => typeof value === 'string' && DATE.test(value));
}
