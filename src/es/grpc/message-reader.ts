import { Failure } from '../../domain/failure.js';
import { createMessagePart, PREFIX_BYTES } from './message-part.js';

export interface MessageReaderOptions {
  /** Largest message, in bytes. */
  maxBytes: number;
  /** Whether the method takes more messages than one. */
  takesMany: boolean;
  /** Called before bytes of a message that is not whole are kept, with how many; with 0 when the message is whole. */
  onKeep: (bytes: number) => void;
}

/** Cuts the messages of a call out of the bytes of its stream. */
export interface MessageReader {
  /**
   * @returns the messages that are whole now, with their prefixes
   * @throws Failure for a message that is not allowed, before any of it is kept
   */
  read(chunk: Buffer): Buffer[];
  /** Frees what it keeps. */
  drop(): void;
}

/** The header that tells clients how they may compress messages: not at all. */
export const ACCEPTED_ENCODINGS = { 'grpc-accept-encoding': 'identity' };

export function createMessageReader(options: MessageReaderOptions): MessageReader {
  const { maxBytes, takesMany, onKeep } = options;
  const lengthAt = (bytes: Buffer, at: number) => {
    if (bytes[at] !== 0) throw compressed();
    const length = bytes.readUInt32BE(at + 1);
    if (length > maxBytes) throw tooLarge(maxBytes);
    return PREFIX_BYTES + length;
  };
  const part = createMessagePart(lengthAt, onKeep);
  let hadOne = false;

  /** The message that begins in a chunk, where all of it is in that chunk, as with most messages. */
  const wholeAt = (chunk: Buffer, at: number): Buffer | undefined => {
    if (!part.isEmpty || chunk.length - at < PREFIX_BYTES) return undefined;
    const end = at + lengthAt(chunk, at);
    return end > chunk.length ? undefined : chunk.subarray(at, end);
  };

  return {
    read(chunk) {
      const messages: Buffer[] = [];
      for (let at = 0; at < chunk.length; ) {
        if (hadOne && !takesMany) throw new Failure('wrong-method', 'the method takes one message');
        const whole = wholeAt(chunk, at);
        at = whole === undefined ? part.add(chunk, at) : at + whole.length;
        const message = whole ?? part.take();
        if (message === undefined) continue;
        hadOne = true;
        messages.push(message);
      }
      return messages;
    },
    drop: part.drop,
  };
}

/** A few bytes could become a thousand times as many, and neither their size nor a charge would bound that work. */
function compressed(): Failure {
  return new Failure(
    'wrong-method',
    'a message may not be compressed: grpc-encoding must be identity',
    {
      headers: ACCEPTED_ENCODINGS,
    },
  );
}

function tooLarge(maxBytes: number): Failure {
  return new Failure('limited', `a message of this method must be at most ${maxBytes} bytes`, {
    code: 'too_large',
  });
}
