import { constants, type ServerHttp2Stream } from 'node:http2';
import { PREFIX_BYTES } from './message-part.js';
import { type PlainHeaders, readPlainHeaders } from './plain-headers.js';
import type { ShortWay } from './ways-in.js';

/** A plain call: its request has come, and nothing of it was judged yet. */
export interface PlainCall {
  stream: ServerHttp2Stream;
  headers: PlainHeaders;
  /** The message, without its prefix. It shares its memory with what else was read with it. */
  message: Buffer;
  /** When its headers came, by the monotonic clock in milliseconds. */
  startMs: number;
}

/** A method that the short way serves. */
export interface PlainMethod {
  /** The largest message of its requests, in bytes. */
  maxBytes: number;
  answer(call: PlainCall): void;
  /** A call was gone before its request had come. @param startMs as in `PlainCall` */
  gone(startMs: number): void;
}

/**
 * The short way into ES. It takes the calls of a few methods whose whole request comes at once: headers that are easy to
 * read, and one message that is neither compressed nor too large. Nearly all calls are like that. It keeps nothing of a
 * request that has not wholly come, so such requests need no limit here. grpc-js gets all other calls, also those that are
 * wrong, so that one place answers them.
 *
 * @param methods those that it serves, by path
 */
export function createPlainCalls(methods: ReadonlyMap<string, PlainMethod>): ShortWay {
  // Each gives its call to grpc-js.
  const arriving = new Set<() => void>();
  const giveUpAll = () => {
    for (const giveUp of arriving) giveUp();
  };

  return (stream, headers, flags, giveToGrpcJs) => {
    const startMs = performance.now();
    const method = methods.get(headers[':path'] ?? '');
    const hasMessage = (flags & constants.NGHTTP2_FLAG_END_STREAM) === 0;
    const plain = method && hasMessage ? readPlainHeaders(headers) : undefined;
    if (method === undefined || plain === undefined) {
      giveToGrpcJs(stream, headers, flags);
      return;
    }
    let message: Buffer | undefined;
    const leave = () => {
      arriving.delete(giveUp);
      stream.off('data', onData);
      stream.off('end', onEnd);
    };
    const giveUp = () => {
      leave();
      if (stream.destroyed) {
        method.gone(startMs);
        return;
      }
      stream.pause();
      if (message !== undefined) stream.unshift(message);
      giveToGrpcJs(stream, headers, flags);
    };
    const onData = (chunk: Buffer) => {
      const isFirst = message === undefined;
      message = isFirst ? chunk : Buffer.concat([message as Buffer, chunk]);
      if (!isFirst || !isWhole(chunk, method.maxBytes)) giveUp();
    };
    const onEnd = () => {
      arriving.delete(giveUp);
      if (message !== undefined && !stream.closed) {
        method.answer({ stream, headers: plain, message: message.subarray(PREFIX_BYTES), startMs });
        return;
      }
      leave();
      giveToGrpcJs(stream, headers, flags);
      // It has not seen the end.
      stream.emit('end');
    };
    stream.on('data', onData);
    stream.on('end', onEnd);
    stream.on('error', ignore);
    // By then everything was delivered that was read together with the headers.
    if (arriving.size === 0) setImmediate(giveUpAll);
    arriving.add(giveUp);
  };
}

/** A client may reset its call with any code. Without a listener for that error Node.js would end the process. */
function ignore(): void {}

/** Whether a chunk is one message of an allowed size that is not compressed. */
function isWhole(chunk: Buffer, maxBytes: number): boolean {
  const bytes = chunk.length - PREFIX_BYTES;
  return bytes >= 0 && bytes <= maxBytes && chunk[0] === 0 && chunk.readUInt32BE(1) === bytes;
}
