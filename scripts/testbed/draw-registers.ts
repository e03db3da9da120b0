import { MAX_REGISTER, REGISTER_COUNT, type Registers } from '../../src/es/sketch/registers.js';
import { countHeads, type RandomBits, uniform } from './random-bits.js';

/**
 * The registers of a sketch that has seen some users, without adding them one by one. For hashes that are
 * random bits, as those of different users are taken to be, they have exactly the distribution they would
 * have then, for this very number of users:
 *
 * - how many users meet in each register is multinomial: a fair coin, tossed for each, sends them to the left
 *   or the right half of the registers, and so on down to one;
 * - the value of a register is the largest of independent geometric numbers, one for each of its users, cut
 *   off at 51: by its distribution function (1 - 2^-k)^users, turned around.
 */
export function drawRegisters(random: RandomBits, users: number): Registers {
  const registers = new Uint8Array(REGISTER_COUNT);
  const spread = (among: number, from: number, to: number) => {
    if (among === 0) return;
    if (to - from === 1) {
      registers[from] = drawLargest(random, among);
      return;
    }
    const middle = (from + to) / 2;
    const left = countHeads(random, among);
    spread(left, from, middle);
    spread(among - left, middle, to);
  };
  spread(users, 0, REGISTER_COUNT);
  return registers;
}

function drawLargest(random: RandomBits, users: number): number {
  // The smallest k with (1 - 2^-k)^users of at least a random share.
  const beyond = -Math.expm1(Math.log(uniform(random)) / users);
  return Math.min(MAX_REGISTER, Math.max(1, Math.ceil(-Math.log2(beyond))));
}
