import { fitRegions } from './fit.js';
import { estimateCount } from './interval.js';
import { atMost, type Estimate, isReliable, regionEstimate, toEstimate } from './overlap.js';
import { mergeRegisters, type Registers } from './registers.js';

/** Which users are meant: those in all sets of `all`, in at least one of `any` and in none of `none`. */
export interface Expression {
  /** At most `MAX_ALL`; with none of these, `any` alone says who is meant. */
  all: readonly Registers[];
  /** However many. With none, they are no condition. */
  any: readonly Registers[];
  /** However many. */
  none: readonly Registers[];
}

/** An estimate of the users of an expression. */
export interface ExpressionEstimate extends Estimate {
  /** See `isReliable`. */
  reliable: boolean;
}

/** The time for k sketches grows as 16^k. */
export const MAX_ALL = 6;

/**
 * How many users an expression means. A union of sets has a sketch, the merge, so all of `any` become one
 * sketch, and all of `none`. What is meant is then one region of k sketches: in each of `all` and in the
 * merge of `any`, not in the merge of `none`. For one sketch it is a count; for more, all 2^k - 1 regions
 * are fitted at once by the likelihood of two sketches, taken to k (`likelihoodOf`), with the interval of
 * that region (`profileInterval`). No estimate is subtracted from another, so errors do not add up, and none
 * is negative. It is bounded by the count of each set a user has to be in, and of those taken two by two.
 *
 * @throws RangeError when there is neither `all` nor `any`, or too many sketches are left
 */
export function estimateExpression({ all, any, none }: Expression): ExpressionEstimate {
  const required = any.length > 0 ? [...all, mergeRegisters(any)] : [...all];
  if (required.length === 0)
    throw new RangeError('an expression needs at least one of all and any');
  const excluded = none.length > 0 ? [mergeRegisters(none)] : [];
  const sketches = distinct(required);
  if (sketches.length > MAX_ALL) {
    throw new RangeError(`an expression has at most ${MAX_ALL} sets of all, any being one`);
  }
  const sizes = sketches.map(estimateCount);
  if (sizes.some(({ count }) => count === 0)) return withReliable(NOBODY);
  const everything = [...sketches, ...excluded.filter((one) => one.some((value) => value > 0))];
  const [only] = sizes;
  if (everything.length === 1 && only !== undefined) return withReliable(toEstimate(only));
  const fit = fitRegions(everything, estimateCount(mergeRegisters(everything)).count);
  const region = (1 << sketches.length) - 1;
  return withReliable(atMost(regionEstimate(fit, region), sizes));
}

const NOBODY: Estimate = { value: 0, interval: { low: 0, high: 0 } };

function withReliable(estimate: Estimate): ExpressionEstimate {
  return { ...estimate, reliable: isReliable(estimate) };
}

/** Without sketches that are the same, which make no difference. */
function distinct(sketches: readonly Registers[]): Registers[] {
  const isSame = (one: Registers, other: Registers) =>
    one.every((value, index) => value === other[index]);
  return sketches.filter(
    (sketch, index) => !sketches.slice(0, index).some((other) => isSame(sketch, other)),
  );
}
