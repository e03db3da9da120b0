import type { Http2Session, ServerHttp2Stream } from 'node:http2';
import type { Server, ServerInterceptingCallInterface, ServerInterceptor } from '@grpc/grpc-js';

/** Splits the bytes of the stream of a call into messages. */
interface MessageCutter {
  /** @returns the messages that are complete now, each with its prefix of 5 bytes */
  write(chunk: Buffer): Buffer[];
}

/** The parts of a call that the limits need and grpc-js does not export. */
export interface CallInsides {
  /** The HTTP/2 stream of the call. */
  readonly stream: ServerHttp2Stream;
  /** Messages, and the end of the request, that the handler has not read yet. */
  readonly readQueue: unknown[];
  decoder: MessageCutter;
  /** Ends the call. grpc-js also calls it when the deadline of the client has passed. */
  sendStatus: ServerInterceptingCallInterface['sendStatus'];
}

/**
 * The internals of a call.
 *
 * @param call as the first interceptor receives it
 * @throws Error if the internals of grpc-js have changed, because then no limit of messages would work
 */
export function insidesOf(call: Parameters<ServerInterceptor>[1]): CallInsides {
  const insides = call as unknown as CallInsides;
  const { stream, readQueue, decoder, sendStatus } = insides;
  const isKnown =
    stream &&
    Array.isArray(readQueue) &&
    typeof decoder?.write === 'function' &&
    typeof sendStatus === 'function';
  if (!isKnown) {
    throw new Error('this @grpc/grpc-js is built in another way; limits of messages need a look');
  }
  return insides;
}

/** How grpc-js follows whether a connection has streams. */
interface Idleness {
  activeStreams: number;
  /** When it last had one, in milliseconds. */
  lastIdle: number;
  /** Ends the connection, or waits on if it was used since. */
  readonly timeout: NodeJS.Timeout;
}

/** The streams of a connection that grpc-js does not see. */
export interface UnseenStreams {
  opened(): void;
  closed(): void;
}

/** Of a connection that is not followed. */
export const UNFOLLOWED: UnseenStreams = { opened() {}, closed() {} };

/**
 * Counts further streams for a server that ends connections without a stream. What grpc-js does for its own streams would
 * cost a listener for each, and a text for a log that nobody reads.
 *
 * @throws Error if the internals of grpc-js have changed, because then it would end connections that are used
 */
export function unseenStreamsOf(server: Server): (session: Http2Session) => UnseenStreams {
  const { sessionIdleTimeouts: all } = server as unknown as {
    sessionIdleTimeouts?: Map<Http2Session, Idleness>;
  };
  if (!(all instanceof Map)) {
    throw new Error('this @grpc/grpc-js is built in another way; idle connections need a look');
  }
  return (session) => {
    const idleness = all.get(session);
    if (idleness === undefined) return UNFOLLOWED;
    return {
      opened() {
        idleness.activeStreams += 1;
      },
      closed() {
        idleness.activeStreams -= 1;
        if (idleness.activeStreams > 0 || !all.has(session)) return;
        idleness.lastIdle = Date.now();
        idleness.timeout.refresh();
      },
    };
  };
}
