import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { type Readable, Transform } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { parse } from 'csv-parse';
import { parseJson } from '../../src/shared/http/body.js';
import { readLines } from '../../src/shared/http/lines.js';

/** A row of the file: field names and values. */
export type Row = Record<string, unknown>;

/**
 * Streams the rows of a CSV file with a header line, or of a file with a JSON object a line; gzip is
 * recognised by its first bytes, the format by the name without `.gz`.
 *
 * @param onBytes told how many more bytes of the file were read
 * @throws Error when a row cannot be read, naming its line
 */
export async function* readRows(
  file: string,
  onBytes: (bytes: number) => void = () => {},
): AsyncGenerator<Row> {
  await requireFile(file);
  const bytes = counted(createReadStream(file, { highWaterMark: 256 * 1024 }), onBytes);
  const body = (await isGzip(file)) ? pipe(bytes, createGunzip()) : bytes;
  if (/\.(ndjson|jsonl|json)(\.gz)?$/i.test(file)) yield* readJsonRows(body);
  else yield* pipe(body, parse({ columns: true, bom: true })) as AsyncIterable<Row>;
}

async function* readJsonRows(body: Readable): AsyncGenerator<Row> {
  let line = 0;
  for await (const text of readLines(body)) {
    if (text === undefined) throw new Error(`line ${line + 1}: not valid UTF-8`);
    for (const json of text.replace(/\n$/, '').split('\n')) {
      line += 1;
      if (json.trim() !== '') yield parseRow(json, line);
    }
  }
}

function parseRow(json: string, line: number): Row {
  try {
    return parseJson(line === 1 ? json.replace(/^\ufeff/, '') : json) as Row;
  } catch (error) {
    throw new Error(`line ${line}: ${(error as Error).message}`);
  }
}

async function requireFile(file: string): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile()) throw new Error(`there is no file ${file}`);
}

async function isGzip(file: string): Promise<boolean> {
  const handle = await open(file);
  try {
    const { buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    const zipped = buffer.readUInt16BE() === 0x1f8b;
    if (!zipped && file.endsWith('.gz')) throw new Error(`${file} is not gzip, whatever its name`);
    return zipped;
  } finally {
    await handle.close();
  }
}

function counted(source: Readable, onBytes: (bytes: number) => void): Readable {
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      onBytes(chunk.length);
      done(null, chunk);
    },
  });
  return pipe(source, count);
}

function pipe<Target extends Transform>(source: Readable, target: Target): Target {
  source.on('error', (error) => target.destroy(error));
  // Whoever reads the end of the chain is told; without a listener here the process would end.
  target.on('error', () => {});
  return source.pipe(target);
}
