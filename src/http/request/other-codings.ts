/** How bodies begin that are no UTF-8, and what is to be done about them. */
const OTHERS = [
  [[0x1f, 0x8b], 'the body is gzip; send it with Content-Encoding: gzip'],
  [[0xff, 0xfe], 'the body is UTF-16; send it as UTF-8'],
  [[0xfe, 0xff], 'the body is UTF-16; send it as UTF-8'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'the body is zstd; send it as it is, or as gzip'],
] as const;

/**
 * Tells what a body is that is no UTF-8, by its first bytes.
 *
 * @returns undefined where these say nothing; UTF-8 never begins so
 */
export function otherCoding(body: Uint8Array): string | undefined {
  return OTHERS.find(([mark]) => mark.every((byte, index) => body[index] === byte))?.[1];
}
