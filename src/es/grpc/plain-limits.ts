import { constants, type ServerHttp2Stream } from 'node:http2';
import { Failure } from '../../domain/failure.js';
import type { HeldBytes, Holder } from '../../limits/held-bytes.js';
import type { ClientWait, ClientWaits } from './slow-clients.js';

export interface PlainLimitsOptions {
  stream: ServerHttp2Stream;
  waits: ClientWaits;
  held: HeldBytes;
  /** The name of the client. */
  client: () => string;
  /** Ends the call with a status: all clients together have too many bytes kept. */
  refuse(failure: Failure): void;
  /** Called when the call is cut off because its answer was not taken. */
  onCut(): void;
}

/**
 * Limits what is kept for a plain call, and for how long. Its answer has a few hundred bytes at most, less than its stream
 * itself takes, so only the time is limited in which the client has to take it.
 */
export interface PlainLimits {
  /** Keeps the message. @returns a copy: the message shares its memory with everything that was read with it */
  keep(message: Buffer): Buffer;
  /** The message is not kept any more. */
  free(): void;
  /** The answer was written. */
  answering(): void;
  /** The stream is closed. */
  closed(): void;
}

export function limitPlainCall(options: PlainLimitsOptions): PlainLimits {
  const { stream, waits, held, client, refuse, onCut } = options;
  const call: ClientWait & Holder = {
    get client() {
      return client();
    },
    waitedMs: 0,
    heldBytes: 0,
    isServerDelay: () => false,
    expire() {
      onCut();
      stream.close(constants.NGHTTP2_CANCEL);
    },
    giveUp: () => refuse(tooMuch()),
  };
  const free = () => held.hold(call, 0);
  return {
    keep(message) {
      held.hold(call, message.length);
      return Buffer.from(message);
    },
    free,
    answering: () => waits.begin(call),
    closed() {
      waits.end(call);
      free();
    },
  };
}

/** The failure of a call whose bytes are too many, with those of all others. */
export function tooMuch(): Failure {
  return new Failure('limited', 'too many messages are on their way');
}
