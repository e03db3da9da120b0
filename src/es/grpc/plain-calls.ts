import { constants, type ServerHttp2Stream } from 'node:http2';
import { Readable } from 'node:stream';
import { PREFIX_BYTES } from './message-part.js';
import { type PlainHeaders, readPlainHeaders } from './plain-headers.js';
import type { ShortWay } from './ways-in.js';

/** A plain call: its request has come, and nothing of it was judged yet. */
export interface PlainCall {
  stream: ServerHttp2Stream;
  headers: PlainHeaders;
  /**
   * The message, without its prefix. It shares its memory with what else was read with it, so it is taken out of the call
   * before that waits for anything.
   */
  message: Buffer;
  /** When its headers came, by the monotonic clock in milliseconds. */
  startMs: number;
}

/** Takes the message out of a call. */
export function takeMessage(call: PlainCall): Buffer {
  const { message } = call;
  call.message = NOTHING;
  return message;
}

const NOTHING = Buffer.alloc(0);

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
  let arriving: Arrival[] = [];
  const giveUpAll = () => {
    const all = arriving;
    arriving = [];
    for (const arrival of all) arrival.giveUp();
  };

  return (stream, headers, flags, giveToGrpcJs) => {
    const method = methods.get(headers[':path'] ?? '');
    const hasMessage = (flags & constants.NGHTTP2_FLAG_END_STREAM) === 0;
    const plain = method && hasMessage ? readPlainHeaders(headers) : undefined;
    if (method === undefined || plain === undefined) {
      giveToGrpcJs(stream, headers, flags);
      return;
    }
    const arrival = new Arrival(stream, plain, method, () => giveToGrpcJs(stream, headers, flags));
    // By then everything was delivered that was read together with the headers.
    if (arriving.length === 0) setImmediate(giveUpAll);
    arriving.push(arrival);
  };
}

/**
 * A request whose headers have come. node:http2 gives what comes next to `push` of the stream. Until the request is whole,
 * it is caught there: to read it from the stream would cost two listeners and several turns for each call, and grpc-js
 * would find a stream that was read.
 */
class Arrival {
  readonly #stream: ServerHttp2Stream;
  readonly #headers: PlainHeaders;
  readonly #method: PlainMethod;
  readonly #giveToGrpcJs: () => void;
  readonly #startMs = performance.now();
  #message: Buffer | undefined;
  #isOver = false;

  constructor(
    stream: ServerHttp2Stream,
    headers: PlainHeaders,
    method: PlainMethod,
    giveToGrpcJs: () => void,
  ) {
    this.#stream = stream;
    this.#headers = headers;
    this.#method = method;
    this.#giveToGrpcJs = giveToGrpcJs;
    stream.push = (chunk: Buffer | null) => this.#take(chunk);
  }

  /** The rest did not come at once. */
  giveUp(): void {
    if (this.#isOver) return;
    this.#leave();
    const stream = this.#stream;
    if (stream.destroyed) {
      this.#method.gone(this.#startMs);
      return;
    }
    if (this.#message !== undefined) stream.push(this.#message);
    this.#giveToGrpcJs();
  }

  /** @returns whether the stream may deliver more */
  #take(chunk: Buffer | null): boolean {
    const message = this.#message;
    if (chunk === null && message !== undefined && !this.#stream.closed) {
      this.#leave();
      const stream = this.#stream;
      // Else node:http2 would reset the stream after the answer, for a client whose request nobody reads.
      stream.read(0);
      stream.push(null);
      this.#method.answer({
        stream,
        headers: this.#headers,
        message: message.subarray(PREFIX_BYTES),
        startMs: this.#startMs,
      });
      return false;
    }
    if (chunk !== null && message === undefined && isWhole(chunk, this.#method.maxBytes)) {
      this.#message = chunk;
      return true;
    }
    this.giveUp();
    return this.#stream.push(chunk);
  }

  /** The stream is what it was. */
  #leave(): void {
    this.#isOver = true;
    this.#stream.push = Readable.prototype.push;
  }
}

/** Whether a chunk is one message of an allowed size that is not compressed. */
function isWhole(chunk: Buffer, maxBytes: number): boolean {
  const bytes = chunk.length - PREFIX_BYTES;
  return bytes >= 0 && bytes <= maxBytes && chunk[0] === 0 && chunk.readUInt32BE(1) === bytes;
}
