/** The sizes of large messages, in bytes. The size of a small message is not charged. */
const sizes = new WeakMap<object, number>();

const LEAST_BYTES = 64 * 1024;

/** Notes the size of a message on the wire. */
export function noteSize(message: object, bytes: number): void {
  if (bytes > LEAST_BYTES) sizes.set(message, bytes);
}

/** The size of a message on the wire, in bytes; 0 for a small one. */
export function sizeOf(message: unknown): number {
  return typeof message === 'object' && message !== null ? (sizes.get(message) ?? 0) : 0;
}
