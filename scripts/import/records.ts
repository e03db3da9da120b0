import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { type Readable, Transform } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { parse } from 'csv-parse';
import { readNdjson } from '../../src/shared/http/ndjson.js';

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
  const bytes = counted(createReadStream(file, { highWaterMark: 256 * 1024 }), onBytes);
  const body = (await isGzip(file)) ? pipe(bytes, createGunzip()) : bytes;
  if (/\.(ndjson|jsonl|json)(\.gz)?$/i.test(file)) yield* readJsonRows(body);
  else yield* pipe(body, parse({ columns: true, bom: true })) as AsyncIterable<Row>;
}

async function* readJsonRows(body: Readable): AsyncGenerator<Row> {
  for await (const entries of readNdjson(body)) {
    for (const entry of entries) {
      if ('failure' in entry) throw new Error(`line ${entry.line}: ${entry.failure.message}`);
      yield entry.value as Row;
    }
  }
}

async function isGzip(file: string): Promise<boolean> {
  const handle = await open(file);
  try {
    const { buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return buffer.readUInt16BE() === 0x1f8b;
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
  return source.pipe(target);
}
