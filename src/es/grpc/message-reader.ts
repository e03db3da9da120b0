import { Failure } from '../../domain/failure.js';
import { createMessagePart, PREFIX_BYTES } from './message-part.js';

export interface MessageReaderOptions {
  /** Largest message, in bytes. */
  maxBytes: number;
  /** Whether the method accepts more than one message. */
  takesMany: boolean;
  /**
   * Called with the number of bytes of an incomplete message before they are kept, and with 0 when the message is complete.
   */
  onKeep: (bytes: number) => void;
}

/** Splits the bytes of the stream of a call into messages. */
export interface MessageReader {
  /**
   * @returns the messages that are complete now, with their prefixes
   * @throws Failure for a message that is not allowed, before any of it is kept
   */
  read(chunk: Buffer): Buffer[];
  /** Frees the bytes that it keeps. */
  drop(): void;
}

/** The header that tells clients not to compress messages. */
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

  /** The message that begins in a chunk, if the chunk has all of it. Most messages are like this. */
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

/**
 * Refuses compressed messages: a few bytes could become a thousand times as many, and neither their size nor a charge would
 * limit that work.
 */
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
