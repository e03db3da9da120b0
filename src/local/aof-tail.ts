import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { basename } from 'node:path';

/** A number of bytes larger than any write of ES. */
const MAX_WRITE_BYTES = 64 * 1024 * 1024;

/**
 * Whether the rest of a file after its readable part is one incomplete write: the beginning of a command or transaction,
 * with nothing after it.
 */
export function isUnfinished(path: string, goodBytes: number): boolean {
  const rest = readRange(path, goodBytes, goodBytes + MAX_WRITE_BYTES + 1);
  if (rest.length > MAX_WRITE_BYTES || rest.includes(0)) return false;
  const text = rest.toString('latin1');
  if (!isBeginning(text)) return false;
  return text.startsWith(BEGIN)
    ? !text.includes('\r\nEXEC\r\n') && !text.includes(BEGIN, 1)
    : !text.includes('\r\n*');
}

/** Whether a text is the beginning of commands in the format of Redis. No value of ES contains a line break. */
function isBeginning(text: string): boolean {
  const lines = text.split('\r\n');
  const last = lines.pop() ?? '';
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    if (/^\*\d+$/.test(line)) continue;
    const [, digits] = /^\$(\d+)$/.exec(line) ?? [];
    if (digits === undefined) return false;
    index += 1;
    const value = lines[index];
    // The text may end within the line break.
    if (value === undefined) return last.length <= Number(digits) + 1;
    if (value.length !== Number(digits)) return false;
  }
  return /^(?:[*$]\d*\r?)?$/.test(last);
}

const BEGIN = '*1\r\n$5\r\nMULTI\r\n';

/** Whether a file has only zeros after its readable part. */
export function endsInZeros(path: string, goodBytes: number): boolean {
  for (let from = goodBytes; ; from += MAX_WRITE_BYTES) {
    const part = readRange(path, from, from + MAX_WRITE_BYTES);
    if (part.length === 0) return true;
    if (part.some((byte) => byte !== 0)) return false;
  }
}

/** Describes the rest of a file for people: how many bytes, and how many recognisable writes. */
export function describeFrom(path: string, start: number): string {
  let bytes = 0;
  let writes = 0;
  const segments = new Set<string>();
  const days = new Set<string>();
  for (;;) {
    const part = readRange(path, start + bytes, start + bytes + MAX_WRITE_BYTES);
    if (part.length === 0) break;
    bytes += part.length;
    for (const [, segment = '', day = ''] of part.toString('latin1').matchAll(WRITE)) {
      writes += 1;
      segments.add(segment);
      days.add(day);
    }
  }
  const sorted = [...days].sort();
  const first = sorted.at(0);
  const last = sorted.at(-1);
  const span = first === last ? first : `${first} to ${last}`;
  const found =
    writes === 0
      ? ''
      : ` (of which can be made out: ${writes} writes to ${segments.size} segments, of ${span})`;
  return `${bytes} bytes of ${basename(path)}${found}`;
}

/** A write to the bucket of a segment on a day. */
const WRITE = /PFADD\r\n\$\d+\r\nes:\{([^}\r]*)\}:(\d{4}-\d\d-\d\d)\r\n/gi;

function readRange(path: string, from: number, to: number): Buffer {
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(Math.max(0, Math.min(to, fstatSync(file).size) - from));
    let read = 0;
    while (read < buffer.length) {
      const more = readSync(file, buffer, read, buffer.length - read, from + read);
      if (more === 0) break;
      read += more;
    }
    return buffer.subarray(0, read);
  } finally {
    closeSync(file);
  }
}
