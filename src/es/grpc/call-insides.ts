import type { ServerHttp2Stream } from 'node:http2';
import type { ServerInterceptingCallInterface, ServerInterceptor } from '@grpc/grpc-js';

/** What cuts the messages of a call out of the bytes of its stream. */
interface MessageCutter {
  /** @returns the messages that are whole now, each with its prefix of 5 bytes */
  write(chunk: Buffer): Buffer[];
}

/** What limits need of a call; grpc-js has no public way to it. */
export interface CallInsides {
  /** What the call is made on. */
  readonly stream: ServerHttp2Stream;
  /** Messages, and the end of the request, that no handler has asked for yet. */
  readonly readQueue: unknown[];
  decoder: MessageCutter;
  /** Ends the call. grpc-js calls it as well, where a time that the client has set runs out. */
  sendStatus: ServerInterceptingCallInterface['sendStatus'];
}

/**
 * The insides of a call.
 *
 * @param call as the first interceptor is given it
 * @throws Error where grpc-js is built in another way: no limit of messages would hold there
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
