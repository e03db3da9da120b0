import { drawSets } from '../../scripts/testbed/draw-sets.js';
import type { RandomBits } from '../../scripts/testbed/random-bits.js';
import type { Estimate } from '../../src/es/sketch/estimate.js';
import { estimateOverlap } from '../../src/es/sketch/overlap.js';
import type { SketchedSet } from '../../src/es/sketch/sketched-set.js';
import { vennOf } from '../../src/es/sketch/venn.js';
import { boundsOf } from './bound.js';
import { type Family, type Question, truthOf } from './families.js';

/** How estimates of one question err; errors are parts of the truth, or users if that is 0. */
export interface SeveralAccuracy {
  question: string;
  truth: number;
  bias: number;
  rootMeanSquare: number;
  /** The part of the intervals that hold the truth. */
  coverage: number;
  /** The least root mean square that an unbiased estimate can have; NaN if nothing is uncertain or the truth is 0. */
  bound: number;
}

/** Draws sets, and compares what is estimated of them with what it is. */
export function measureSeveral(
  random: RandomBits,
  family: Family,
  sampleSize: number,
  trials: number,
): SeveralAccuracy[] {
  const { users, questions } = family;
  const truths = questions.map((question) => truthOf(users, question));
  const sums = questions.map(() => ({ error: 0, square: 0, covered: 0 }));
  for (let trial = 0; trial < trials; trial += 1) {
    const estimates = ask(drawSets(random, users, sampleSize), questions);
    for (const [index, sum] of sums.entries()) {
      const { value, interval } = estimates[index] as Estimate;
      const truth = truths[index] as number;
      const error = (value - truth) / (truth || 1);
      sum.error += error;
      sum.square += error ** 2;
      if (interval.low <= truth && truth <= interval.high) sum.covered += 1;
    }
  }
  const bounds = boundsOf(random, family, sampleSize);
  return questions.map(({ name }, index) => {
    const { error, square, covered } = sums[index] as (typeof sums)[number];
    return {
      question: name,
      truth: truths[index] as number,
      bias: error / trials,
      rootMeanSquare: Math.sqrt(square / trials),
      coverage: covered / trials,
      bound: bounds[index] as number,
    };
  });
}

function ask(sets: readonly SketchedSet[], questions: readonly Question[]): Estimate[] {
  const venn = vennOf(sets);
  const [first, second] = sets as [SketchedSet, SketchedSet];
  return questions.map(({ selection, isJaccard }) =>
    isJaccard ? estimateOverlap(first, second).jaccard : venn.estimate(selection),
  );
}
