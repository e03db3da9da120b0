import type { Http2Server, IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';

/** Receives a call when its headers have arrived. */
type TakeCall = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, flags: number) => void;

/**
 * The short way into ES. It takes the calls that it can answer, and gives each other call to grpc-js as it came.
 */
export type ShortWay = (...call: [...Parameters<TakeCall>, giveToGrpcJs: TakeCall]) => void;

/**
 * Opens two ways into ES on one HTTP/2 server: the short way for plain calls (plain-calls.ts), and grpc-js, which has
 * listened alone until now, for all others. `admission.ts` guards both, `methods.ts` answers both.
 */
export function openTwoWays(http2Server: Http2Server, shortWay: ShortWay): void {
  const listeners = http2Server.listeners('stream') as TakeCall[];
  const giveToGrpcJs: TakeCall = (stream, headers, flags) => {
    for (const listener of listeners) listener.call(http2Server, stream, headers, flags);
  };
  http2Server.removeAllListeners('stream');
  http2Server.on('stream', (stream, headers, flags) => {
    // An error that nobody listens for would end the process. Both ways learn by 'close' that a call has ended.
    stream.on('error', () => {});
    shortWay(stream, headers, flags, giveToGrpcJs);
  });
}
