import type { IncomingHttpHeaders } from 'node:http';

/** Cuts the bytes of a connection where node:http may begin another request, and nowhere else. */
export interface MessageCutter {
  /** How many of some bytes go together: what there is of a body, or all up to the end of the next head. */
  next(bytes: Buffer): number;
  /** The head that the last bytes ended with was read. */
  headRead(headers: IncomingHttpHeaders): void;
}

const HEAD_END = '\r\n\r\n';
const LINE_FEED = 0x0a;

/** Of a line that begins a chunk, as much as its size takes. */
const MAX_SIZE_DIGITS = 16;
const LEADING_ZEROS = /^0+(?=[\da-f])/i;

/** Follows the framing of messages (RFC 9112, section 6); what is wrong with it is for node:http to say. */
export function createMessageCutter(): MessageCutter {
  // The last bytes of a head that has begun, or of the trailers behind a body.
  let tail = '';
  // Of a body whose length is known, or of a chunk and the line end behind it.
  let left = 0;
  let inChunks = false;
  let sizeLine = '';

  const readSizeLine = (bytes: Buffer, from: number): number => {
    const end = bytes.indexOf(LINE_FEED, from);
    const till = end < 0 ? bytes.length : end;
    // Zeros ahead of a size are no part of it, however many there are.
    const line = (sizeLine + bytes.toString('latin1', from, till)).replace(LEADING_ZEROS, '');
    sizeLine = line.slice(0, MAX_SIZE_DIGITS);
    if (end < 0) return bytes.length;
    const size = Number.parseInt(sizeLine, 16);
    sizeLine = '';
    if (size > 0) left = size + 2;
    else {
      inChunks = false;
      tail = '\r\n';
    }
    return end + 1;
  };
  const readHead = (bytes: Buffer): number => {
    // Its end may have come in two parts.
    const atSeam = (tail + bytes.toString('latin1', 0, 3)).indexOf(HEAD_END);
    const start = atSeam < 0 ? bytes.indexOf(HEAD_END) : atSeam - tail.length;
    if (start < 0 && atSeam < 0) {
      tail = (tail + bytes.toString('latin1', Math.max(0, bytes.length - 3))).slice(-3);
      return bytes.length;
    }
    tail = '';
    return start + HEAD_END.length;
  };

  return {
    next(bytes) {
      let at = 0;
      while (at < bytes.length && (left > 0 || inChunks)) {
        if (left === 0) at = readSizeLine(bytes, at);
        else {
          const length = Math.min(left, bytes.length - at);
          left -= length;
          at += length;
        }
      }
      return at > 0 ? at : readHead(bytes);
    },
    headRead({ 'content-length': length = '0', 'transfer-encoding': coding }) {
      left = coding === undefined ? Number(length) : 0;
      inChunks = coding !== undefined;
    },
  };
}
