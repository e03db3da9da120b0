/** Bytes of messages that are larger than most; others are not worth to be noted. */
const sizes = new WeakMap<object, number>();

const LEAST_BYTES = 64 * 1024;

/** Notes how large a message was as it came. */
export function noteSize(message: object, bytes: number): void {
  if (bytes > LEAST_BYTES) sizes.set(message, bytes);
}

/** How many bytes a message had as it came; 0 of a small one. */
export function sizeOf(message: unknown): number {
  return typeof message === 'object' && message !== null ? (sizes.get(message) ?? 0) : 0;
}
