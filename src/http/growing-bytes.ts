const NOTHING = Buffer.alloc(0);

/** Bytes that come in parts. They are copied together: a part of a few bytes may take a hundred, and hold on to thousands. */
export interface GrowingBytes {
  add(part: Uint8Array): void;
  /** All that was added. */
  whole(): Buffer;
}

/** Takes at most twice what was added. */
export function createGrowingBytes(): GrowingBytes {
  let room = NOTHING;
  let length = 0;
  return {
    add(part) {
      const needed = length + part.length;
      if (needed > room.length) {
        // Small buffers share their memory with others, unless they are made this way.
        const larger = Buffer.allocUnsafeSlow(length === 0 ? needed : 2 * needed);
        room.copy(larger, 0, 0, length);
        room = larger;
      }
      room.set(part, length);
      length = needed;
    },
    whole: () => room.subarray(0, length),
  };
}
