import { drawRegisters } from '../../scripts/testbed/draw-registers.js';
import type { RandomBits } from '../../scripts/testbed/random-bits.js';
import { estimateCount, standardErrorOf } from '../../src/es/sketch/interval.js';
import { median } from '../report/rounds.js';

/** How counts of so many users err; errors are parts of the number of users. */
export interface CountAccuracy {
  users: number;
  trials: number;
  bias: number;
  rootMeanSquare: number;
  medianError: number;
  /** The standard error that is stated for so many users. */
  standardError: number;
  /** The part of the intervals that hold the number. */
  coverage: number;
  /** From one end to the other, in users. */
  medianWidth: number;
}

/** Draws sketches of some users, and compares their counts with that. */
export function measureCount(random: RandomBits, users: number, trials: number): CountAccuracy {
  const errors: number[] = [];
  const widths: number[] = [];
  let covered = 0;
  for (let trial = 0; trial < trials; trial += 1) {
    const { count, interval } = estimateCount(drawRegisters(random, users));
    errors.push(count / users - 1);
    widths.push(interval.high - interval.low);
    if (interval.low <= users && users <= interval.high) covered += 1;
  }
  return {
    users,
    trials,
    bias: mean(errors),
    rootMeanSquare: Math.sqrt(mean(errors.map((error) => error * error))),
    medianError: median(errors.map(Math.abs)),
    standardError: standardErrorOf(users) / users,
    coverage: covered / trials,
    medianWidth: median(widths),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
