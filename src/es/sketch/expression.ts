import { countRegisters } from './count.js';
import { fitRegions } from './fit.js';
import { estimateCount } from './interval.js';
import { atMost, type Estimate, isReliable, regionEstimate, toEstimate } from './overlap.js';
import { mergeRegisters, type Registers } from './registers.js';

/** Which users are meant: those in all sets of `all`, in at least one of `any` and in none of `none`. */
export interface Expression {
  /** With none of these, `any` alone says who is meant. */
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

/** How many sketches are compared at most: those of `all`, one for `any` and one for `none`. */
export const MAX_SKETCHES = 6;

/**
 * How many users an expression means. A union of sets has a sketch, the merge, so all of `any` become one
 * sketch, and all of `none`. What is meant is then one region of k sketches: in each of `all` and in the
 * merge of `any`, not in the merge of `none`. For one sketch it is a count; for more, all 2^k - 1 regions
 * are fitted at once by the likelihood of two sketches, taken to k (`likelihoodOf`), with the interval of
 * that region (`profileInterval`). No estimate is subtracted from another, so errors do not add up, and none
 * is negative. It is never more than the count of a set each user has to be in, or what two of those share.
 *
 * It takes some 3 ms for two sketches, and two to four times as long for each more: some 0.5 s for six.
 *
 * @throws RangeError when there is neither `all` nor `any`, or more than `MAX_SKETCHES` are to be compared
 */
export function estimateExpression({ all, any, none }: Expression): ExpressionEstimate {
  const required = distinct(any.length > 0 ? [...all, mergeRegisters(any)] : all);
  if (required.length === 0)
    throw new RangeError('an expression needs at least one of all and any');
  const excluded = [mergeRegisters(none)].filter((merged) => merged.some((value) => value > 0));
  const sketches = [...required, ...excluded];
  if (sketches.length > MAX_SKETCHES) {
    throw new RangeError(`an expression compares at most ${MAX_SKETCHES} sketches`);
  }
  const sizes = required.map(estimateCount);
  if (sizes.some(({ count }) => count === 0)) return withReliable(NOBODY);
  const [size] = sizes;
  if (sketches.length === 1 && size !== undefined) return withReliable(toEstimate(size));
  const fit = fitRegions(sketches, estimateCount(mergeRegisters(sketches)).count);
  const estimate = atMost(regionEstimate(fit, (1 << required.length) - 1), sizes);
  const value = Math.min(estimate.value, ...(sketches.length > 2 ? sharedByTwo(required) : []));
  return withReliable(atMost({ ...estimate, value }, sizes));
}

/** What each two of some sets share. */
function sharedByTwo(sketches: readonly Registers[]): number[] {
  return sketches.flatMap((first, index) =>
    sketches.slice(index + 1).map((second) => {
      const { best } = fitRegions([first, second], countRegisters(mergeRegisters([first, second])));
      return Math.round(best.rates[3] as number);
    }),
  );
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
