import type { ServerHttp2Stream } from 'node:http2';
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

/** Notes that a stream is open until it closes. */
export type NoteStream = (stream: ServerHttp2Stream) => void;

/**
 * How a server notes the streams of its connections: it ends a connection that has had none for some time.
 *
 * @throws Error if the internals of grpc-js have changed, because then it would end connections that are used
 */
export function noteStreamOf(server: Server): NoteStream {
  const { onStreamOpened } = server as unknown as { onStreamOpened?: NoteStream };
  if (typeof onStreamOpened !== 'function') {
    throw new Error('this @grpc/grpc-js is built in another way; idle connections need a look');
  }
  return (stream) => onStreamOpened.call(server, stream);
}
