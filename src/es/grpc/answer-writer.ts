import { constants, type OutgoingHttpHeaders, type ServerHttp2Stream } from 'node:http2';

/**
 * Writes an answer: headers, one message, trailers.
 *
 * @param frame the message with its prefix
 * @param onToldStatus called when the trailers are written; never if the client leaves before
 */
export type WriteAnswer = (
  stream: ServerHttp2Stream,
  frame: Uint8Array,
  onToldStatus: () => void,
) => void;

/** The parts of a stream that node:http2 does not export. */
interface Insides {
  /** Gives frames to nghttp2. A list of headers is given in a form of node:http2. */
  handle: {
    respond(list: unknown, options: unknown): number;
    trailers(list: unknown): number;
  };
  /** What happened on the stream: a bit for each. */
  state: { flags: number };
}

type InsidesOf = (stream: ServerHttp2Stream) => Insides | undefined;

/**
 * A writer of answers that have the same headers and trailers. node:http2 would check, copy and convert them for each, which
 * is a fifth of the garbage of a call; and it sends trailers one turn after they may be sent, because a stream must not be
 * destroyed while nghttp2 works on it. Here nothing is destroyed, and nghttp2 expects trailers just then (documentation of
 * `nghttp2_submit_trailer`).
 *
 * So node:http2 writes one answer in a second, whose headers have the date, and what it gave to nghttp2 is given for the
 * other answers too. If its internals have changed, it writes them all.
 *
 * @param now the clock, in milliseconds
 */
export function createAnswerWriter(
  headers: OutgoingHttpHeaders,
  trailers: OutgoingHttpHeaders,
  now: () => number = Date.now,
): WriteAnswer {
  const insidesOf = createLook();
  const respond = createResponder(headers, insidesOf, now);
  const sendTrailers = createTrailersSender(trailers, insidesOf);
  return (stream, frame, onToldStatus) => {
    respond(stream);
    stream.on('wantTrailers', () => {
      sendTrailers(stream);
      onToldStatus();
    });
    stream.end(frame);
  };
}

function createResponder(headers: OutgoingHttpHeaders, insidesOf: InsidesOf, now: () => number) {
  let known: { second: number; list: unknown; options: unknown; flags: number } | undefined;
  return (stream: ServerHttp2Stream): void => {
    const second = Math.trunc(now() / 1_000);
    const { handle, state } = insidesOf(stream) ?? {};
    if (handle === undefined || state === undefined) {
      stream.respond(headers, { waitForTrailers: true });
    } else if (known?.second === second) {
      state.flags |= known.flags;
      const { list, options } = known;
      if (handle.respond(list, options) < 0) stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    } else {
      const { respond } = handle;
      const flagsBefore = state.flags;
      handle.respond = (list, options) => {
        const result = respond.call(handle, list, options);
        const flags = state.flags & ~flagsBefore;
        if (result >= 0) known = { second, list, options, flags };
        return result;
      };
      stream.respond(headers, { waitForTrailers: true });
    }
  };
}

function createTrailersSender(trailers: OutgoingHttpHeaders, insidesOf: InsidesOf) {
  let known: { list: unknown } | undefined;
  return (stream: ServerHttp2Stream): void => {
    const { handle } = insidesOf(stream) ?? {};
    if (handle !== undefined && known !== undefined) {
      if (handle.trailers(known.list) >= 0) return;
    } else if (handle !== undefined) {
      const { trailers: send } = handle;
      handle.trailers = (list) => {
        known = { list };
        return send.call(handle, list);
      };
    }
    stream.sendTrailers(trailers);
  };
}

function createLook(): InsidesOf {
  let handleSymbol: symbol | undefined;
  let stateSymbol: symbol | undefined;
  return (stream) => {
    if (handleSymbol === undefined || stateSymbol === undefined) {
      const symbols = Object.getOwnPropertySymbols(stream);
      handleSymbol = symbols.find(({ description }) => description === 'kHandle');
      stateSymbol = symbols.find(({ description }) => description === 'state');
      if (handleSymbol === undefined || stateSymbol === undefined) return undefined;
    }
    const handle = Reflect.get(stream, handleSymbol);
    const state = Reflect.get(stream, stateSymbol);
    const isKnown =
      typeof handle?.respond === 'function' &&
      typeof handle.trailers === 'function' &&
      typeof state?.flags === 'number';
    return isKnown ? { handle, state } : undefined;
  };
}
