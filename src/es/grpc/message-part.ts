/** The prefix of a message: a byte that says whether it is compressed, and four with its length. */
export const PREFIX_BYTES = 5;

/** The part that has come of a message that is not whole. */
export interface MessagePart {
  readonly isEmpty: boolean;
  /** Adds what a chunk has of the message from a position on, and returns where in the chunk it ends. */
  add(chunk: Buffer, at: number): number;
  /** The message with its prefix, once it is whole; then the next one may come. */
  take(): Buffer | undefined;
  /** Frees what has come. */
  drop(): void;
}

const EMPTY = Buffer.alloc(0);

/**
 * Collects a message from the chunks of a stream. It copies them: a chunk shares its memory with all that was read with it, also
 * for other calls, and would keep all of that. So at most twice as many bytes are kept as have come.
 *
 * @param lengthAt the length of the message whose prefix is at a position, prefix included; throws where that is too long
 * @param onKeep called before bytes are kept, with how many; with 0 when the message is whole. It may throw to refuse them
 */
export function createMessagePart(
  lengthAt: (bytes: Buffer, at: number) => number,
  onKeep: (bytes: number) => void,
): MessagePart {
  let kept = EMPTY;
  let length = 0;

  const makeRoom = (needed: number, wanted: number) => {
    if (needed <= kept.length) return;
    const capacity = Math.min(2 * needed, wanted);
    onKeep(capacity);
    // Buffer.allocUnsafe would have small buffers share their memory with others.
    const larger = Buffer.allocUnsafeSlow(capacity);
    kept.copy(larger, 0, 0, length);
    kept = larger;
  };
  const drop = () => {
    kept = EMPTY;
    length = 0;
  };

  return {
    get isEmpty() {
      return length === 0;
    },
    add(chunk, at) {
      const wanted = length < PREFIX_BYTES ? PREFIX_BYTES : lengthAt(kept, 0);
      const end = Math.min(chunk.length, at + wanted - length);
      makeRoom(length + end - at, wanted);
      chunk.copy(kept, length, at, end);
      length += end - at;
      return end;
    },
    take() {
      if (length < PREFIX_BYTES || length < lengthAt(kept, 0)) return undefined;
      const message = kept;
      drop();
      onKeep(0);
      return message;
    },
    drop,
  };
}
