import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { basename } from 'node:path';

/** More than one write of ours takes. */
const MOST_BYTES = 64 * 1024 * 1024;

/**
 * Whether what stands behind the readable part of a file is one write that was cut short: the beginning of a command or of
 * a transaction, and nothing else after it.
 */
export function isUnfinished(path: string, goodBytes: number): boolean {
  const rest = readRange(path, goodBytes, goodBytes + MOST_BYTES + 1);
  if (rest.length > MOST_BYTES || rest.includes(0)) return false;
  const text = rest.toString('latin1');
  if (!isBeginning(text)) return false;
  return text.startsWith(BEGIN)
    ? !text.includes('\r\nEXEC\r\n') && !text.includes(BEGIN, 1)
    : !text.includes('\r\n*');
}

/** Whether commands begin as Redis writes them, up to where the text ends. None of ours holds a line break. */
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
    // It may end within the line break.
    if (value === undefined) return last.length <= Number(digits) + 1;
    if (value.length !== Number(digits)) return false;
  }
  return /^(?:[*$]\d*\r?)?$/.test(last);
}

const BEGIN = '*1\r\n$5\r\nMULTI\r\n';

/** Whether nothing but zeros stands behind the readable part of a file. */
export function endsInZeros(path: string, goodBytes: number): boolean {
  for (let from = goodBytes; ; from += MOST_BYTES) {
    const part = readRange(path, from, from + MOST_BYTES);
    if (part.length === 0) return true;
    if (part.some((byte) => byte !== 0)) return false;
  }
}

/** What stands in a file from a place on, in words: its bytes, and the writes that can be made out in them. */
export function describeFrom(path: string, start: number): string {
  let bytes = 0;
  let writes = 0;
  const segments = new Set<string>();
  const days = new Set<string>();
  for (;;) {
    const part = readRange(path, start + bytes, start + bytes + MOST_BYTES);
    if (part.length === 0) break;
    bytes += part.length;
    for (const [, segment = '', day = ''] of part.toString('latin1').matchAll(WRITE)) {
      writes += 1;
      segments.add(segment);
      days.add(day);
    }
  }
  const [first, last] = [[...days].sort().at(0), [...days].sort().at(-1)];
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
