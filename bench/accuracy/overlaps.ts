import { drawSets } from '../../scripts/testbed/draw-sets.js';
import type { RandomBits } from '../../scripts/testbed/random-bits.js';
import { countRegisters } from '../../src/es/sketch/count.js';
import { estimateOverlap } from '../../src/es/sketch/overlap.js';
import { mergeRegisters, type Registers } from '../../src/es/sketch/registers.js';
import type { SketchedSet } from '../../src/es/sketch/sketched-set.js';
import { median } from '../report/rounds.js';

/** Two sets of users: how many are in the smaller, in the larger, and in both. */
export interface Pair {
  smaller: number;
  larger: number;
  both: number;
}

/** How estimates of the users in both err; errors are parts of that, or of the smaller set if it is 0. */
export interface OverlapAccuracy extends Pair {
  trials: number;
  medianError: number;
  /** Of the sum of both counts less that of the union. */
  inclusionExclusionError: number;
  /** The part of the intervals that hold the number. */
  coverage: number;
  /** From one end to the other, in users. */
  medianWidth: number;
  /** The part of the estimates that call themselves reliable. */
  reliable: number;
}

/** Draws sketches of two sets, and compares the estimates of their overlap with what it is. */
export function measureOverlap(random: RandomBits, pair: Pair, trials: number): OverlapAccuracy {
  const { smaller, larger, both } = pair;
  const errors: number[] = [];
  const inclusionExclusion: number[] = [];
  const widths: number[] = [];
  let [covered, reliable] = [0, 0];
  for (let trial = 0; trial < trials; trial += 1) {
    const sets = drawSets(random, [0, smaller - both, larger - both, both], 0);
    const overlap = estimateOverlap(...(sets as [SketchedSet, SketchedSet]));
    const [first, second] = sets.map(({ registers }) => registers) as [Registers, Registers];
    const { low, high } = overlap.both.interval;
    errors.push(Math.abs(overlap.both.value - both) / (both || smaller));
    const counts = countRegisters(first) + countRegisters(second);
    const difference = counts - countRegisters(mergeRegisters([first, second]));
    inclusionExclusion.push(Math.abs(difference - both) / (both || smaller));
    widths.push(high - low);
    if (low <= both && both <= high) covered += 1;
    if (overlap.reliable) reliable += 1;
  }
  return {
    ...pair,
    trials,
    medianError: median(errors),
    inclusionExclusionError: median(inclusionExclusion),
    coverage: covered / trials,
    medianWidth: median(widths),
    reliable: reliable / trials,
  };
}
