import type { OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2';

/** Sends trailers on a stream that wants them. */
type SendTrailers = (stream: ServerHttp2Stream) => void;

/** Trailers as node:http2 gives them to nghttp2. */
type TrailersList = unknown;

/** The native part of a stream. */
interface StreamHandle {
  trailers(list: TrailersList): number;
}

/**
 * Sends the same trailers on many streams, together with the end of their answers. `sendTrailers` of node:http2 sends them one
 * turn later, with a write of its own, because streams may not be destroyed while nghttp2 works on them. Nothing is destroyed
 * here, and nghttp2 takes trailers just then (documentation of nghttp2_submit_trailer). The first trailers are sent by
 * node:http2, to see how it gives them to nghttp2. If its internals have changed, it sends all of them.
 */
export function createTrailersSender(trailers: OutgoingHttpHeaders): SendTrailers {
  let known: { list: TrailersList } | undefined;
  return (stream) => {
    const handle = handleOf(stream);
    if (handle !== undefined && known !== undefined) {
      if (handle.trailers(known.list) === 0) return;
    } else if (handle !== undefined) {
      const { trailers: submit } = handle;
      handle.trailers = (list) => {
        known = { list };
        return submit.call(handle, list);
      };
    }
    stream.sendTrailers(trailers);
  };
}

let symbol: symbol | undefined;

function handleOf(stream: ServerHttp2Stream): StreamHandle | undefined {
  symbol ??= Object.getOwnPropertySymbols(stream).find(
    ({ description }) => description === 'kHandle',
  );
  const handle: Partial<StreamHandle> | undefined = symbol && Reflect.get(stream, symbol);
  return typeof handle?.trailers === 'function' ? (handle as StreamHandle) : undefined;
}
