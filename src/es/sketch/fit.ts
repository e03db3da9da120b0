import { type Observation, observe } from './cells.js';
import { withCounts } from './counted.js';
import { jointLikelihoodOf } from './joint-likelihood.js';
import type { LikelihoodOf } from './likelihood.js';
import { type Maximum, maximise } from './maximise.js';
import { observeSamples } from './sample-cells.js';
import type { SketchedSet } from './sketched-set.js';

/** The most likely number of users in each region (the rates), and what they were fitted to. */
export interface Fit {
  likelihoodOf: LikelihoodOf;
  /** For each region, the probability that its next user would be seen: a likelihood has no maximum beyond such a slope. */
  exposure: Float64Array;
  best: Maximum;
}

/**
 * Finds the most likely number of users in each region. A region contains the users who are in certain sets and in no
 * other one; k sets have 2^k - 1 regions.
 *
 * @param union the count of all sets merged, more than 0
 */
export function fitRegions(sets: readonly SketchedSet[], union: number): Fit {
  const registers = observe(sets.map((set) => set.registers));
  const samples = observeSamples(sets.map(({ sample }) => sample));
  const likelihoodOf = jointLikelihoodOf(registers, samples);
  const exposure = registers.exposure.map((share, region) => {
    const shown = samples.exposure[region] as number;
    return shown + (1 - shown) * share;
  });
  return { likelihoodOf, exposure, best: maximise(likelihoodOf, startOf(registers, union)) };
}

/** The most likely number of users in each region if the sets have so many users. */
export function fitCounts({ likelihoodOf, best }: Fit, counts: readonly number[]): Maximum {
  return maximise(withCounts(likelihoodOf, counts), best.rates);
}

/**
 * The rates to start from: each region gets a part of the union, in proportion to the registers of the merge whose value
 * comes from this region.
 */
function startOf({ cells, sketchCount }: Observation, union: number): Float64Array {
  const all = (1 << sketchCount) - 1;
  const shares = new Float64Array(all + 1).fill(0.5);
  shares[0] = 0;
  for (const { equal, less, count } of cells) {
    if ((equal | less) === all) shares[equal] = (shares[equal] as number) + count;
  }
  const sum = shares.reduce((total, share) => total + share, 0);
  return shares.map((share) => (share * union) / sum);
}
