import { countRegisters } from './count.js';
import { fitRegions } from './fit.js';
import { estimateCount } from './interval.js';
import {
  atMost,
  EMPTY_ESTIMATE,
  type Estimate,
  isReliable,
  regionEstimate,
  toEstimate,
} from './overlap.js';
import { mergeRegisters, type Registers } from './registers.js';
import type { SketchedSet } from './sketched-set.js';

/** Selects the users in all sets of `all`, in at least one of `any` and in none of `none`. */
export interface Expression {
  /** All different, 1 to `MAX_SKETCHES`. */
  sets: readonly SketchedSet[];
  /** Positions of sets. Must not be empty if `any` is empty. */
  all: readonly number[];
  /** Positions of sets; an empty list means no condition. */
  any: readonly number[];
  /** Positions of sets. */
  none: readonly number[];
}

/** An estimate of the users of an expression. */
export interface ExpressionEstimate extends Estimate {
  /** See `isReliable`. */
  reliable: boolean;
}

/** The maximum of sketches that are compared: those of `all`, one for `any` and one for `none`. */
export const MAX_SKETCHES = 6;

/**
 * Estimates how many users an expression selects. The sketch of a union is the merge of its sketches, so `any` becomes one
 * sketch, and `none` another. The selected users are then one region of k sketches: in each of `all` and in the merge of
 * `any`, but not in the merge of `none`. With one sketch this is a count. With more, all 2^k - 1 regions are fitted at once
 * by the likelihood of two sketches, generalised to k (`likelihoodOf`), with the interval of that region
 * (`profileInterval`). Estimates are not subtracted from each other, so errors do not add up, and no result is negative.
 * The result is at most the count of each required set, and at most the estimated overlap of each pair of these sets.
 *
 * This takes about 3 ms for two sketches, and two to four times as long for each further one: about 0.5 s for six.
 *
 * @throws RangeError if both `all` and `any` are empty, or if more than `MAX_SKETCHES` have to be compared
 */
export function estimateExpression(expression: Expression): ExpressionEstimate {
  const [all, any, none] = [expression.all, expression.any, expression.none].map((positions) =>
    positions.map((position) => (expression.sets[position] as SketchedSet).registers),
  ) as [Registers[], Registers[], Registers[]];
  const required = distinct(any.length > 0 ? [...all, mergeRegisters(any)] : all);
  if (required.length === 0)
    throw new RangeError('an expression needs at least one of all and any');
  const excluded = [mergeRegisters(none)].filter((merged) => merged.some((value) => value > 0));
  const sketches = [...required, ...excluded];
  if (sketches.length > MAX_SKETCHES) {
    throw new RangeError(`an expression compares at most ${MAX_SKETCHES} sketches`);
  }
  const sizes = required.map(estimateCount);
  if (sizes.some(({ count }) => count === 0)) return withReliable(EMPTY_ESTIMATE);
  const [size] = sizes;
  if (sketches.length === 1 && size !== undefined) return withReliable(toEstimate(size));
  const fit = fitRegions(sketches, estimateCount(mergeRegisters(sketches)).count);
  const estimate = atMost(regionEstimate(fit, (1 << required.length) - 1), sizes);
  const value = Math.min(estimate.value, ...(sketches.length > 2 ? sharedByTwo(required) : []));
  return withReliable(atMost({ ...estimate, value }, sizes));
}

/** The users that each pair of sets shares. */
function sharedByTwo(sketches: readonly Registers[]): number[] {
  return sketches.flatMap((first, index) =>
    sketches.slice(index + 1).map((second) => {
      const { best } = fitRegions([first, second], countRegisters(mergeRegisters([first, second])));
      return Math.round(best.rates[3] as number);
    }),
  );
}

function withReliable(estimate: Estimate): ExpressionEstimate {
  return { ...estimate, reliable: isReliable(estimate) };
}

/** Removes duplicate sketches, because they do not change the result. */
function distinct(sketches: readonly Registers[]): Registers[] {
  const isSame = (one: Registers, other: Registers) =>
    one.every((value, index) => value === other[index]);
  return sketches.filter(
    (sketch, index) => !sketches.slice(0, index).some((other) => isSame(sketch, other)),
  );
}
