import type { IncomingHttpHeaders } from 'node:http';

/** Splits the bytes of a connection only where node:http may begin another request. */
export interface MessageCutter {
  /** How many of these bytes to pass on together: those of the current body, or all up to the end of the next head. */
  next(bytes: Buffer): number;
  /** To be called with the headers when node:http has parsed the head that the last bytes completed. */
  headRead(headers: IncomingHttpHeaders): void;
}

const HEAD_END = '\r\n\r\n';
const LINE_FEED = 0x0a;

/** How many digits of a chunk's size line are kept. */
const MAX_SIZE_DIGITS = 16;
const LEADING_ZEROS = /^0+(?=[\da-f])/i;

/** Follows the framing of messages (RFC 9112, section 6); node:http refuses wrong framing. */
export function createMessageCutter(): MessageCutter {
  // The last bytes read of an unfinished head, or of the trailers after a body.
  let tail = '';
  // Bytes that are left of a body of known length, or of a chunk and the line end after it.
  let left = 0;
  let inChunks = false;
  let sizeLine = '';

  const readSizeLine = (bytes: Buffer, from: number): number => {
    const end = bytes.indexOf(LINE_FEED, from);
    const till = end < 0 ? bytes.length : end;
    // Leading zeros mean nothing, even if there are many.
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
    // The end of the head may be split between two reads.
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
