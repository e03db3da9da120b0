import { gunzipSync, inflateSync } from 'node:zlib';
import { Failure } from '../../shared/failure.js';
import { createMessagePart, PREFIX_BYTES } from './message-part.js';

export interface MessageReaderOptions {
  /** Largest message, compressed or not. */
  maxBytes: number;
  /** Whether the method takes more messages than one. */
  takesMany: boolean;
  /** How those are compressed that say they are, as `grpc-encoding` has it. */
  encoding: string;
  /** Told how many bytes are to be kept of a message that is not whole, before they are; 0 when it is. */
  onKeep: (bytes: number) => void;
}

/** Cuts the messages of a call out of the bytes of its stream. */
export interface MessageReader {
  /**
   * @returns the messages that are whole now, with their prefixes and without compression
   * @throws Failure for what may not be, before it is kept
   */
  read(chunk: Buffer): Buffer[];
  /** Lets go of what it keeps. */
  drop(): void;
}

const PLAIN_PREFIX = Buffer.alloc(PREFIX_BYTES);

const DECOMPRESSIONS: ReadonlyMap<string, typeof gunzipSync> = new Map([
  ['gzip', gunzipSync],
  ['deflate', inflateSync],
]);

export function createMessageReader(options: MessageReaderOptions): MessageReader {
  const { maxBytes, takesMany, encoding, onKeep } = options;
  const lengthAt = (bytes: Buffer, at: number) => {
    const length = bytes.readUInt32BE(at + 1);
    if (length > maxBytes) throw tooLarge(maxBytes);
    return PREFIX_BYTES + length;
  };
  const part = createMessagePart(lengthAt, onKeep);
  let hadOne = false;

  /** The message that begins in a chunk, if it is whole there; most are. */
  const wholeAt = (chunk: Buffer, at: number): Buffer | undefined => {
    if (!part.isEmpty || chunk.length - at < PREFIX_BYTES) return undefined;
    const end = at + lengthAt(chunk, at);
    return end > chunk.length ? undefined : chunk.subarray(at, end);
  };

  return {
    read(chunk) {
      const messages: Buffer[] = [];
      // All messages of a chunk may not become more than one may be.
      let roomBytes = maxBytes;
      for (let at = 0; at < chunk.length; ) {
        if (hadOne && !takesMany) throw new Failure('wrong-method', 'the method takes one message');
        const whole = wholeAt(chunk, at);
        at = whole === undefined ? part.add(chunk, at) : at + whole.length;
        const message = whole ?? part.take();
        if (message === undefined) continue;
        hadOne = true;
        const isPlain = message[0] !== 1 || encoding === 'identity';
        const plain = isPlain ? message : decompress(message, encoding, roomBytes);
        if (!isPlain) roomBytes -= plain.length - PREFIX_BYTES;
        messages.push(plain);
      }
      return messages;
    },
    drop: part.drop,
  };
}

/** Decompresses at once, so that no two messages are in the making, however many are on their way. */
function decompress(message: Buffer, encoding: string, maxBytes: number): Buffer {
  const decompression = DECOMPRESSIONS.get(encoding);
  if (decompression === undefined) {
    throw new Failure('wrong-method', 'a message may be compressed by gzip or deflate only');
  }
  try {
    // Node.js takes no 0 for a limit.
    const maxOutputLength = Math.max(maxBytes, 1);
    const plain = decompression(message.subarray(PREFIX_BYTES), { maxOutputLength });
    return Buffer.concat([PLAIN_PREFIX, plain]);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(maxBytes);
    throw new Failure('invalid', 'the message cannot be decompressed');
  }
}

function tooLarge(maxBytes: number): Failure {
  return new Failure('limited', `a message of this method must be at most ${maxBytes} bytes`);
}
