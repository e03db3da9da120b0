import { drawSets } from '../../scripts/testbed/draw-sets.js';
import type { RandomBits } from '../../scripts/testbed/random-bits.js';
import { observe } from '../../src/es/sketch/cells.js';
import { jointLikelihoodOf } from '../../src/es/sketch/joint-likelihood.js';
import { observeSamples } from '../../src/es/sketch/sample-cells.js';
import { decompose, substitute } from '../../src/es/sketch/solve.js';
import { type Family, truthOf } from './families.js';

/** Draws that the information is averaged over. */
const DRAWS = 20;

/**
 * The least root mean square error, as a part of the truth, that an unbiased estimate of each question can have, by the bound
 * of Cramér and Rao: of the expected information about the rates of the regions that have users. Rates vary by the users'
 * number more than the number itself does, which is subtracted.
 */
export function boundsOf(random: RandomBits, family: Family, sampleSize: number): number[] {
  const { users, questions } = family;
  const regions = Array.from(users.keys()).filter((region) => (users[region] as number) > 0);
  const lower = decompose(informationOf(random, users, regions, sampleSize), regions.length, 0);
  const sum = regions.reduce((all, region) => all + (users[region] as number), 0);
  return questions.map((question) => {
    const truth = truthOf(users, question);
    if (truth === 0 || lower === undefined) return Number.NaN;
    const gradient = Float64Array.from(regions, (region) => {
      const own = Number(question.selection(region));
      return question.isJaccard ? (own - truth) / sum : own;
    });
    const change = substitute(lower, gradient);
    const variance = regions.reduce((total, region, at) => {
      const [slope, by] = [gradient[at] as number, change[at] as number];
      return total + slope * by - slope ** 2 * (users[region] as number);
    }, 0);
    return variance > 1e-9 * truth ** 2 ? Math.sqrt(variance) / truth : Number.NaN;
  });
}

/** The mean of the negated second derivatives of the likelihood, where the rates are the users. */
function informationOf(
  random: RandomBits,
  users: readonly number[],
  regions: readonly number[],
  sampleSize: number,
): Float64Array {
  const information = new Float64Array(regions.length ** 2);
  for (let draw = 0; draw < DRAWS; draw += 1) {
    const sets = drawSets(random, users, sampleSize);
    const likelihoodOf = jointLikelihoodOf(
      observe(sets.map((set) => set.registers)),
      observeSamples(sets.map(({ sample }) => sample)),
    );
    const { hessian } = likelihoodOf(Float64Array.from(users, (count) => count || 1e-6));
    for (const [row, one] of regions.entries()) {
      for (const [column, other] of regions.entries()) {
        const at = row * regions.length + column;
        const second = hessian[one * users.length + other] as number;
        information[at] = (information[at] as number) - second / DRAWS;
      }
    }
  }
  return information;
}
