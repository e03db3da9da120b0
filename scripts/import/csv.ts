import { isUtf8 } from 'node:buffer';
import { type CsvError, type Options, parse } from 'csv-parse';
import { parse as parseAtOnce } from 'csv-parse/sync';
import { MAX_LENGTH, NOT_UTF8, TOO_LONG } from './lines.js';

/** A record of a CSV file: its fields, or why it has none. */
export interface CsvRecord {
  /** The number of its first line. */
  line: number;
  fields?: string[];
  flaw?: string;
  /** Whether the file ended before its last line did. */
  isCut?: true;
}

/** How much the fields of a record may hold while it is read, in bytes. */
const MAX_HELD = 16 * MAX_LENGTH;

const FORMAT: Options = {
  // Each byte is a character of the same number, so that none is lost before UTF-8 is looked at.
  encoding: 'latin1',
  record_delimiter: ['\r\n', '\n'],
  relax_column_count: true,
};

const FLAWS: Record<string, string> = {
  INVALID_OPENING_QUOTE: 'a quote stands in a field without quotes around it',
  CSV_INVALID_CLOSING_QUOTE: 'something follows a closing quote',
};

/**
 * Reads CSV as RFC 4180 has it, the records of a chunk at a time. A record with a flaw is passed on as that, with all
 * lines of it: what stands between quotes is never taken for records.
 *
 * @param chunks UTF-8 in pieces of any size, without a byte order mark
 * @throws Error when a quote is not closed, or the fields of a record are longer than 16 MiB; all before it has been passed on
 */
export async function* readCsv(chunks: AsyncIterable<Buffer>): AsyncGenerator<CsvRecord[]> {
  let records: CsvRecord[] = [];
  let line = 1;
  const parser = parse({
    ...FORMAT,
    // A strict parser looks for the end of a quote that something follows, and takes further records for its text.
    relax_quotes: true,
    max_record_size: MAX_HELD,
    raw: true,
    // Taken here, since a stream that fails drops what was not read of it.
    on_record(one: unknown) {
      // What `raw` makes of a record; the types do not know.
      const { record, raw } = one as { record: string[]; raw: string };
      const text = raw.replace(/[\r\n]$/, '');
      const last = line + text.split('\n').length - 1;
      const read = readFields(record, text);
      const upTo = last === line ? '' : `up to line ${last}: `;
      records.push({
        line,
        ...(typeof read === 'string' ? { flaw: upTo + read } : { fields: read }),
        ...(text === raw && { isCut: true }),
      });
      line = last + 1;
      return null;
    },
  });
  // Told to who writes as well.
  parser.on('error', () => {});
  const take = async (write: (done: (error?: Error | null) => void) => void) => {
    const error = await new Promise<Error | null | undefined>(write);
    const taken = records;
    records = [];
    return { taken, error };
  };
  // It ends only once it was read to its end, empty as that is.
  parser.resume();
  for await (const chunk of chunks) {
    const { taken, error } = await take((done) => parser.write(chunk, done));
    yield taken;
    if (error) throw explain(error, line);
  }
  const { taken, error } = await take((done) => parser.end(done));
  yield taken;
  if (error) throw explain(error, line);
}

/** The fields of a record, or its flaw. */
function readFields(fields: string[], text: string): string[] | string {
  if (text.length > MAX_LENGTH) return TOO_LONG;
  const isAscii = !/[\x80-\xff]/.test(text);
  if (!isAscii && !isUtf8(Buffer.from(text, 'latin1'))) return NOT_UTF8;
  const read = fields.some((field) => field.includes('"')) ? readStrictly(text) : fields;
  if (isAscii || typeof read === 'string') return read;
  return read.map((field) => Buffer.from(field, 'latin1').toString());
}

/** Reads a record with a quote in a field, which has a flaw unless each is doubled. */
function readStrictly(text: string): string[] | string {
  try {
    return parseAtOnce(Buffer.from(text, 'latin1'), FORMAT)[0] as string[];
  } catch (error) {
    const { code, message } = error as CsvError;
    return FLAWS[code] ?? message;
  }
}

function explain(error: Error, line: number): Error {
  const { code } = error as CsvError;
  if (code === 'CSV_QUOTE_NOT_CLOSED') {
    return new Error(
      `line ${line}: a quote that is opened there is not closed, so that nothing from there on can be read`,
    );
  }
  if (code !== 'CSV_MAX_RECORD_SIZE') return error;
  return new Error(
    `line ${line}: longer than ${MAX_HELD} bytes; a quote that is opened there may not be closed, or lines end in no line feed`,
  );
}
