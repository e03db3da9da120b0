/** The first bytes of bodies in other encodings, and what the client should do. */
const OTHERS = [
  [[0x1f, 0x8b], 'the body is gzip; send it with Content-Encoding: gzip'],
  [[0xff, 0xfe], 'the body is UTF-16; send it as UTF-8'],
  [[0xfe, 0xff], 'the body is UTF-16; send it as UTF-8'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'the body is zstd; send it as it is, or as gzip'],
] as const;

/**
 * Recognizes a body in an encoding other than UTF-8 by its first bytes.
 *
 * @returns what the client should do; undefined if the first bytes may be UTF-8
 */
export function otherCoding(body: Uint8Array): string | undefined {
  return OTHERS.find(([mark]) => mark.every((byte, index) => body[index] === byte))?.[1];
}
