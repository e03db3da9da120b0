import { BinaryReader } from '@bufbuild/protobuf/wire';
import { MAX_BATCH } from '../../domain/membership.js';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const decodeUtf8 = (bytes: Uint8Array) => utf8.decode(bytes);

/** Maximum of numbers in a message, including tags and lengths: the longest batch has 11 for each membership. */
const MAX_NUMBERS = 20 * MAX_BATCH;

/**
 * Reads a message whose strings must be UTF-8, as proto3 demands. By default invalid bytes become U+FFFD, so different
 * names could become the same. It also throws if a message has too many parts, because two bytes can become an object of a
 * hundred bytes.
 */
export function strictReader(bytes: Uint8Array): BinaryReader {
  const reader = new BinaryReader(bytes, decodeUtf8);
  const readNumber = reader.uint32;
  let left = MAX_NUMBERS;
  reader.uint32 = () => {
    left -= 1;
    if (left < 0) throw new RangeError('the message has too many parts');
    return readNumber.call(reader);
  };
  return reader;
}
