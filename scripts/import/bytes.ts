import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';

/** How a file is read. */
export interface Reading {
  /** Ends it. */
  signal: AbortSignal;
  /** Told how many more bytes of the file were read. */
  onBytes?: (bytes: number) => void;
}

/**
 * Streams the bytes of a file, which may be gzip; that is recognised by its first bytes.
 *
 * @throws Error when there is no such file, it cannot be read, or its gzip is broken or cut short
 */
export async function* readBytes(
  file: string,
  { signal, onBytes }: Reading,
): AsyncGenerator<Buffer> {
  await requireFile(file);
  const isZipped = await isGzip(file);
  const bytes = createReadStream(file, { highWaterMark: 256 * 1024, signal });
  if (onBytes) bytes.on('data', (chunk) => onBytes(chunk.length));
  bytes.pause();
  if (!isZipped) {
    yield* bytes;
    return;
  }
  const gunzip = bytes.pipe(createGunzip());
  bytes.on('error', (error) => gunzip.destroy(error));
  try {
    yield* gunzip;
  } catch (error) {
    throw gzipError(error as NodeJS.ErrnoException);
  } finally {
    bytes.destroy();
  }
}

/** How UTF-8 may begin. */
const MARK = Buffer.from('\ufeff');

/**
 * Leaves the byte order mark of UTF-8 away.
 *
 * @param chunks a text in pieces of any size
 * @throws Error when it begins as UTF-16 does
 */
export async function* withoutMark(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let start: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of chunks) {
    if (start === undefined) {
      yield chunk;
      continue;
    }
    start = Buffer.concat([start, chunk]);
    if (start.length < MARK.length) continue;
    yield afterMark(start);
    start = undefined;
  }
  if (start !== undefined) yield afterMark(start);
}

function afterMark(start: Buffer): Buffer {
  if (/^(\xff\xfe|\xfe\xff)/.test(start.toString('latin1', 0, 2))) {
    throw new Error('it is UTF-16; have it in UTF-8 (iconv -f UTF-16 -t UTF-8)');
  }
  const isMarked = start.subarray(0, MARK.length).equals(MARK);
  return isMarked ? start.subarray(MARK.length) : start;
}

function gzipError(error: NodeJS.ErrnoException): Error {
  if (error.code === 'Z_BUF_ERROR') return new Error('its gzip is cut short');
  if (!error.code?.startsWith('Z_')) return error;
  return new Error(
    `its gzip is broken (${error.message}), so that rows before that may be wrong as well`,
  );
}

async function requireFile(file: string): Promise<void> {
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => error);
  if (found instanceof Error) {
    throw new Error(found.code === 'ENOENT' ? 'there is no such file' : found.message);
  }
  if (found.isDirectory()) throw new Error('it is a directory; name a file in it');
  if (!found.isFile()) throw new Error('it can be read only once; save it as a file');
}

async function isGzip(file: string): Promise<boolean> {
  const handle = await open(file).catch((error: NodeJS.ErrnoException) => {
    throw new Error(error.code === 'EACCES' ? 'it may not be read' : error.message);
  });
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    const zipped = bytesRead === 2 && buffer.readUInt16BE() === 0x1f8b;
    if (!zipped && file.endsWith('.gz')) throw new Error('it is not gzip, whatever its name');
    return zipped;
  } finally {
    await handle.close();
  }
}
