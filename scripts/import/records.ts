import { parseJson } from '../../src/http/request/body.js';
import { type Reading, readBytes, withoutMark } from './bytes.js';
import { type CsvRecord, readCsv } from './csv.js';
import { readLines } from './lines.js';

/** The fields of a row. */
export interface Row {
  names(): readonly string[];
  /** Its value; undefined where it has no such field. */
  get(name: string): unknown;
}

/** What a line of the file is: a row, blank where there is neither, or not to be read. */
export interface FileRecord {
  /** The number of its first line, from 1. */
  line: number;
  row?: Row;
  /** Why it cannot be read. */
  flaw?: string;
  /** Whether the file ended where it might have gone on. */
  isCut?: true;
}

/**
 * Streams the rows of a CSV file with a header line, or of a file with a JSON object a line; the format is told by the
 * name without `.gz`. A row that cannot be read is passed on as such.
 *
 * @throws Error when the file cannot be read, or no more of it; the reason of the signal once that is aborted
 */
export async function* readRecords(file: string, reading: Reading): AsyncGenerator<FileRecord> {
  const text = withoutMark(readBytes(file, reading));
  try {
    yield* /\.(ndjson|jsonl|json)(\.gz)?$/i.test(file) ? readJson(text) : readTable(text);
  } catch (error) {
    reading.signal.throwIfAborted();
    throw new Error(`${file}: ${(error as Error).message}`);
  }
}

async function* readTable(text: AsyncIterable<Buffer>): AsyncGenerator<FileRecord> {
  let header: Header | undefined;
  for await (const records of readCsv(text)) {
    for (const record of records) {
      if (isBlank(record)) yield { line: record.line };
      else if (header === undefined) header = parseHeader(record);
      else yield toRow(record, header);
    }
  }
}

interface Header {
  names: string[];
  columns: Map<string, number>;
}

function parseHeader({ line, fields, flaw }: CsvRecord): Header {
  const names = fields ?? [];
  if (names[0]?.startsWith('{') || flaw?.includes('a field without quotes')) {
    throw new Error(
      `line ${line} is no header of a CSV file; where each line is a JSON object, have the name end in .ndjson`,
    );
  }
  if (flaw !== undefined) throw new Error(`line ${line}: ${flaw}`);
  if (names.some((name) => name.includes('\r'))) {
    throw new Error('its lines end in a carriage return alone; have them end in a line feed');
  }
  return { names, columns: new Map(names.map((name, column) => [name, column])) };
}

function isBlank({ fields }: CsvRecord): boolean {
  return fields?.length === 1 && fields[0]?.trim() === '';
}

function toRow({ line, fields, flaw, isCut }: CsvRecord, { names, columns }: Header): FileRecord {
  if (fields === undefined) return { line, flaw: flaw as string };
  if (fields.length !== names.length) {
    return { line, flaw: `fields: ${fields.length}, in the header: ${names.length}` };
  }
  const row = {
    names: () => names,
    get: (name: string) => fields[columns.get(name) ?? -1],
  };
  return { line, row, ...(isCut && { isCut }) };
}

/** How JSON begins that is no object on a line of its own. */
const ON_MANY_LINES = /^\s*(\{\s*$|\[\s*($|\{))/;

const NOT_BY_LINE =
  "it is not one JSON object a line; jq -c '.[]' makes such lines of an array, jq -c . of objects over many lines";

async function* readJson(text: AsyncIterable<Buffer>): AsyncGenerator<FileRecord> {
  for await (const lines of readLines(text)) {
    for (const { number: line, text: json, flaw } of lines) {
      if (flaw !== undefined) yield { line, flaw };
      else if (json.trim() === '') yield { line };
      else if (line === 1 && ON_MANY_LINES.test(json)) throw new Error(NOT_BY_LINE);
      else yield parseRow(json, line);
    }
  }
}

function parseRow(json: string, line: number): FileRecord {
  try {
    const value = parseJson(json);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return { line, flaw: 'it is no JSON object' };
    }
    const fields = value as Record<string, unknown>;
    const row = {
      names: () => Object.keys(fields),
      get: (name: string) => (Object.hasOwn(fields, name) ? fields[name] : undefined),
    };
    return { line, row };
  } catch (error) {
    return { line, flaw: (error as Error).message };
  }
}
