/** One byte says whether the message is compressed, four how long it is without them. */
export const PREFIX_BYTES = 5;

/** What has come of a message that is not whole. */
export interface MessagePart {
  readonly isEmpty: boolean;
  /** Adds what a chunk has of the message from a position on, and returns where in the chunk it ends. */
  add(chunk: Buffer, at: number): number;
  /** The message with its prefix, once it is whole; then the next one may come. */
  take(): Buffer | undefined;
  /** Lets go of what has come. */
  drop(): void;
}

const NOTHING = Buffer.alloc(0);

/**
 * Copies what comes: a chunk shares its memory with all that was read with it, for other calls too. So what is kept is
 * never more than twice what has come.
 *
 * @param lengthAt how long the message is whose prefix is there, with it; throws where it is too long
 * @param onKeep told how many bytes are to be kept, before they are; 0 when the message is whole. What it throws ends it
 */
export function createMessagePart(
  lengthAt: (bytes: Buffer, at: number) => number,
  onKeep: (bytes: number) => void,
): MessagePart {
  let kept = NOTHING;
  let length = 0;

  const makeRoom = (needed: number, wanted: number) => {
    if (needed <= kept.length) return;
    const capacity = Math.min(2 * needed, wanted);
    onKeep(capacity);
    // Small buffers share their memory with others as well, unless they are made this way.
    const larger = Buffer.allocUnsafeSlow(capacity);
    kept.copy(larger, 0, 0, length);
    kept = larger;
  };
  const drop = () => {
    kept = NOTHING;
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
