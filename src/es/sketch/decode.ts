import { MAX_REGISTER, REGISTER_COUNT, type Registers } from './registers.js';

const HEADER_BYTES = 16;
const REGISTER_BITS = 6;
const DENSE_BYTES = HEADER_BYTES + (REGISTER_COUNT * REGISTER_BITS) / 8;
/** Bit 5 of each of 4 registers. */
const BIT_5_OF_EACH = 0x820820;
const DENSE = 0;
const SPARSE = 1;

/**
 * Reads the registers of a HyperLogLog from the string that Redis stores (GET), in either encoding. For a missing key all
 * registers are 0. The layout is described at the head of `hyperloglog.c` of Redis 7. It ignores the count that Redis
 * caches in the header.
 *
 * @throws Error that says what is wrong with the bytes, and where
 */
export function decodeSketch(bytes: Uint8Array | null): Registers {
  if (bytes === null) return new Uint8Array(REGISTER_COUNT);
  if (bytes.length < HEADER_BYTES) {
    throw malformed(`${bytes.length} bytes are fewer than its header of ${HEADER_BYTES}`);
  }
  const magic = String.fromCharCode(...bytes.subarray(0, 4));
  if (magic !== 'HYLL') throw malformed('it does not start with HYLL');
  const encoding = bytes[4];
  if (encoding === DENSE) return decodeDense(bytes);
  if (encoding === SPARSE) return decodeSparse(bytes);
  throw malformed(`its encoding is ${encoding}, neither dense (0) nor sparse (1)`);
}

/** Dense: registers of 6 bits, the least significant bits first, so 3 bytes hold 4 registers. */
function decodeDense(bytes: Uint8Array): Registers {
  if (bytes.length !== DENSE_BYTES) {
    throw malformed(`dense, it must have ${DENSE_BYTES} bytes, not ${bytes.length}`);
  }
  const registers = new Uint8Array(REGISTER_COUNT);
  let tooLarge = 0;
  let at = HEADER_BYTES;
  for (let index = 0; index < REGISTER_COUNT; index += 4) {
    const four =
      (bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16);
    at += 3;
    // A value is more than 51 if its bits 5 and 4 are set, and bit 3 or 2. Each is shifted to bit 5 of its register.
    tooLarge |= four & (four << 1) & ((four << 2) | (four << 3)) & BIT_5_OF_EACH;
    registers[index] = four & 63;
    registers[index + 1] = (four >> 6) & 63;
    registers[index + 2] = (four >> 12) & 63;
    registers[index + 3] = four >> 18;
  }
  if (tooLarge !== 0) {
    const index = registers.findIndex((value) => value > MAX_REGISTER);
    throw malformed(`register ${index} is ${registers[index]}, more than ${MAX_REGISTER}`);
  }
  return registers;
}

/**
 * Sparse: runs of one value. 00nnnnnn and 01nnnnnn nnnnnnnn are runs of 0, 1vvvvvnn is a run of a value; each number is
 * stored minus 1.
 */
function decodeSparse(bytes: Uint8Array): Registers {
  const registers = new Uint8Array(REGISTER_COUNT);
  let index = 0;
  for (let at = HEADER_BYTES; at < bytes.length; at += 1) {
    const code = bytes[at] as number;
    let value = 0;
    let length = (code & 63) + 1;
    if (code & 0x80) {
      value = ((code >> 2) & 31) + 1;
      length = (code & 3) + 1;
    } else if (code & 0x40) {
      at += 1;
      if (at === bytes.length) throw malformed('its last run is cut off');
      length = (((code & 63) << 8) | (bytes[at] as number)) + 1;
    }
    if (index + length > REGISTER_COUNT) {
      throw malformed(`the run at byte ${at} ends beyond register ${REGISTER_COUNT - 1}`);
    }
    registers.fill(value, index, index + length);
    index += length;
  }
  if (index !== REGISTER_COUNT) {
    throw malformed(`its runs hold ${index} registers, not ${REGISTER_COUNT}`);
  }
  return registers;
}

function malformed(what: string): Error {
  return new Error(`not a HyperLogLog of Redis: ${what}`);
}
