const EMPTY = Buffer.alloc(0);

/**
 * Bytes that arrive in parts, copied into one buffer: an object for each small part would take far more memory than its
 * bytes.
 */
export interface GrowingBytes {
  add(part: Uint8Array): void;
  /** Everything that was added. */
  whole(): Buffer;
}

/** Takes at most twice the memory of the added bytes. */
export function createGrowingBytes(): GrowingBytes {
  let room = EMPTY;
  let length = 0;
  return {
    add(part) {
      const needed = length + part.length;
      if (needed > room.length) {
        // Not from the pool of small buffers: the memory of the pool stays in use as long as any of its buffers.
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
