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

/**
 * A writer of answers that have the same headers and trailers. node:http2 would check, copy and convert them for each, which
 * is a fifth of the garbage of a call; and it sends trailers one turn after the message, with a write of their own, because
 * a stream must not be destroyed while nghttp2 works on it. Here nothing is destroyed, and nghttp2 expects trailers just
 * then (documentation of `nghttp2_submit_trailer`).
 *
 * So node:http2 writes one answer in a second, whose headers have the date, and what it gave to nghttp2 is given for the
 * other answers too. If its internals have changed, it writes them all.
 */
export function createAnswerWriter(
  headers: OutgoingHttpHeaders,
  trailers: OutgoingHttpHeaders,
): WriteAnswer {
  const respond = createResponder(headers);
  const sendTrailers = createTrailersSender(trailers);
  return (stream, frame, onToldStatus) => {
    respond(stream);
    stream.on('wantTrailers', () => {
      sendTrailers(stream);
      onToldStatus();
    });
    stream.end(frame);
  };
}

function createResponder(headers: OutgoingHttpHeaders): (stream: ServerHttp2Stream) => void {
  let known: { second: number; list: unknown; options: unknown; flags: number } | undefined;
  return (stream) => {
    const second = Math.trunc(Date.now() / 1_000);
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

function createTrailersSender(trailers: OutgoingHttpHeaders): (stream: ServerHttp2Stream) => void {
  let known: { list: unknown } | undefined;
  return (stream) => {
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

let symbols: { handle: symbol; state: symbol } | undefined;

function insidesOf(stream: ServerHttp2Stream): Insides | undefined {
  symbols ??= symbolsOf(stream);
  if (symbols === undefined) return undefined;
  const handle = Reflect.get(stream, symbols.handle);
  const state = Reflect.get(stream, symbols.state);
  const isKnown =
    typeof handle?.respond === 'function' &&
    typeof handle.trailers === 'function' &&
    typeof state?.flags === 'number';
  return isKnown ? { handle, state } : undefined;
}

function symbolsOf(stream: ServerHttp2Stream): typeof symbols {
  const all = Object.getOwnPropertySymbols(stream);
  const handle = all.find(({ description }) => description === 'kHandle');
  const state = all.find(({ description }) => description === 'state');
  return handle && state && { handle, state };
}
