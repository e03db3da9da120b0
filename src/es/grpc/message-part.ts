/** The prefix of a message: one byte that says whether it is compressed, and four bytes with its length. */
export const PREFIX_BYTES = 5;

/** The part of an incomplete message that has arrived. */
export interface MessagePart {
  readonly isEmpty: boolean;
  /** Adds the bytes of the message that begin at a position of a chunk. @returns where in the chunk they end */
  add(chunk: Buffer, at: number): number;
  /** Takes the message with its prefix, when it is complete; then the next message may follow. */
  take(): Buffer | undefined;
  /** Frees the bytes that have arrived. */
  drop(): void;
}

const EMPTY = Buffer.alloc(0);

/**
 * Collects a message from the chunks of a stream. It copies them: a chunk shares its memory with everything that was read
 * with it, also for other calls, and would keep all of that in memory. So it keeps at most twice as many bytes as have
 * arrived.
 *
 * @param lengthAt the length of the message whose prefix is at a position, prefix included; throws if the message is too
 *   long
 * @param onKeep called with the number of bytes before they are kept, and with 0 when the message is complete. It may throw
 *   to refuse them
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
    // With Buffer.allocUnsafe small buffers would share their memory with others.
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
