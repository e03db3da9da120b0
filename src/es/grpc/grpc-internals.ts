import type { ServerHttp2Stream } from 'node:http2';
import type { ServerInterceptingCallInterface, ServerInterceptor } from '@grpc/grpc-js';

/** Cuts the messages of a call out of the bytes of its stream. */
interface MessageCutter {
  /** @returns the messages that are whole now, each with its prefix of 5 bytes */
  write(chunk: Buffer): Buffer[];
}

/** The parts of a call that limits need and grpc-js does not export. */
export interface CallInsides {
  /** The HTTP/2 stream of the call. */
  readonly stream: ServerHttp2Stream;
  /** Messages, and the end of the request, that the handler has not read yet. */
  readonly readQueue: unknown[];
  decoder: MessageCutter;
  /** Ends the call. grpc-js calls it too, when the deadline of the client has passed. */
  sendStatus: ServerInterceptingCallInterface['sendStatus'];
}

/**
 * The insides of a call.
 *
 * @param call as the first interceptor receives it
 * @throws Error where the insides of grpc-js have changed, as no limit of messages would hold then
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
