import { type Estimate, isReliable } from './estimate.js';
import type { SketchedSet } from './sketched-set.js';
import { type Selection, vennOf } from './venn.js';

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

/** The maximum of sets that are compared. */
export const MAX_SKETCHES = 6;

/**
 * Estimates how many users an expression selects: those of some regions of the Venn diagram of its sets (`vennOf`). Estimates
 * are not subtracted from each other, so errors do not add up, and no result is negative. The result agrees with the counts
 * of the sets, and with all other expressions of the same sets.
 *
 * More sets than can be compared are first merged (`mergeSets`), those of `any` and those of `none`.
 *
 * @throws RangeError if both `all` and `any` are empty, or if there are more than `MAX_SKETCHES` sets
 */
export function estimateExpression(expression: Expression): ExpressionEstimate {
  const { sets, all, any } = expression;
  if (all.length + any.length === 0) {
    throw new RangeError('an expression needs at least one of all and any');
  }
  if (sets.length > MAX_SKETCHES) {
    throw new RangeError(`an expression compares at most ${MAX_SKETCHES} sets`);
  }
  const estimate = vennOf(sets).estimate(selectionOf(expression));
  return { ...estimate, reliable: isReliable(estimate) };
}

function selectionOf({ all, any, none }: Expression): Selection {
  const has = (region: number) => (set: number) => (region & (1 << set)) !== 0;
  return (region) =>
    all.every(has(region)) &&
    (any.length === 0 || any.some(has(region))) &&
    !none.some(has(region));
}
