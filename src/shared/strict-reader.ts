import { BinaryReader } from '@bufbuild/protobuf/wire';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const decodeUtf8 = (bytes: Uint8Array) => utf8.decode(bytes);

/**
 * Reads a message whose strings must be UTF-8, as proto3 has it. Otherwise, what is not would become U+FFFD, and
 * names that differ the same one.
 */
export function strictReader(bytes: Uint8Array): BinaryReader {
  return new BinaryReader(bytes, decodeUtf8);
}
