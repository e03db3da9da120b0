import type { Dice } from './dice.js';

/** Makes something else of bytes. */
export type Mutation = (bytes: Buffer, dice: Dice) => Buffer;

/** Applies one mutation, or a few. */
export function mutate(bytes: Buffer, mutations: readonly Mutation[], dice: Dice): Buffer {
  let mutated = bytes;
  do mutated = dice.pick(mutations)(mutated, dice);
  while (dice.chance(0.35));
  return mutated;
}

/** Mutations that know nothing of what the bytes mean. */
export const BYTE_MUTATIONS: readonly Mutation[] = [
  flipBit,
  setByte,
  insertBytes,
  deleteRange,
  duplicateRange,
  truncate,
];

/** A mutation that inserts one of some texts, anywhere. */
export function insertOneOf(texts: readonly string[]): Mutation {
  return (bytes, dice) => {
    const at = dice.below(bytes.length + 1);
    return splice(bytes, at, at, Buffer.from(dice.pick(texts), 'latin1'));
  };
}

/** A mutation that goes on, from anywhere, with the rest of something else. */
export function crossWith(make: (dice: Dice) => Buffer): Mutation {
  return (bytes, dice) => {
    const other = make(dice);
    const head = bytes.subarray(0, dice.below(bytes.length + 1));
    return Buffer.concat([head, other.subarray(dice.below(other.length + 1))]);
  };
}

/** The bytes with others in the place of a range. */
export function splice(bytes: Buffer, from: number, to: number, inserted: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, from), inserted, bytes.subarray(to)]);
}

/** A copy with another value at a position. */
function withByte(bytes: Buffer, at: number, value: number): Buffer {
  const copy = Buffer.from(bytes);
  if (at < copy.length) copy[at] = value;
  return copy;
}

function flipBit(bytes: Buffer, dice: Dice): Buffer {
  const at = dice.below(bytes.length);
  return withByte(bytes, at, (bytes[at] ?? 0) ^ (1 << dice.below(8)));
}

const EDGES = [0x00, 0x0a, 0x0d, 0x20, 0x22, 0x7f, 0x80, 0xc0, 0xed, 0xff];

function setByte(bytes: Buffer, dice: Dice): Buffer {
  return withByte(bytes, dice.below(bytes.length), dice.pick(EDGES));
}

function insertBytes(bytes: Buffer, dice: Dice): Buffer {
  const at = dice.below(bytes.length + 1);
  return splice(bytes, at, at, dice.bytes(1 + dice.below(8)));
}

function deleteRange(bytes: Buffer, dice: Dice): Buffer {
  const [from, to] = range(bytes, dice);
  return splice(bytes, from, to, Buffer.alloc(0));
}

function duplicateRange(bytes: Buffer, dice: Dice): Buffer {
  const [from, to] = range(bytes, dice);
  return splice(bytes, to, to, bytes.subarray(from, to));
}

function truncate(bytes: Buffer, dice: Dice): Buffer {
  return bytes.subarray(0, dice.below(bytes.length + 1));
}

/** A range, more often short than long. */
function range(bytes: Buffer, dice: Dice): [from: number, to: number] {
  const from = dice.below(bytes.length + 1);
  const longest = dice.chance(0.7) ? 16 : bytes.length;
  return [from, Math.min(from + 1 + dice.below(longest), bytes.length)];
}
