import type { Estimate } from './estimate.js';
import { isReliable } from './estimate.js';
import { type Expression, type ExpressionEstimate, estimateExpression } from './expression.js';
import type { CountEstimate } from './interval.js';
import { estimatePair, type OverlapEstimate } from './overlap.js';
import type { SketchedSet } from './sketched-set.js';
import { vennOf } from './venn.js';

/** The overlaps of sets: of each pair, and of all sets. */
export interface OverlapsEstimate {
  /** The sizes of the sets. */
  sizes: readonly CountEstimate[];
  /** The pairs of sets, by their positions: 0 and 1, 0 and 2, and so on. */
  pairs: { positions: [first: number, second: number]; overlap: OverlapEstimate }[];
  union: Estimate;
  intersection: ExpressionEstimate;
}

/** An estimation to do. It can be sent to another thread. */
export type EstimationTask =
  | { kind: 'overlaps'; sets: readonly SketchedSet[] }
  | { kind: 'expression'; expression: Expression }
  | { kind: 'leastRegion'; sets: readonly SketchedSet[] };

/** Does a task. The threads run this function. */
export function runEstimation(
  task: EstimationTask,
): OverlapsEstimate | ExpressionEstimate | number {
  switch (task.kind) {
    case 'overlaps':
      return estimateOverlaps(task.sets);
    case 'expression':
      return estimateExpression(task.expression);
    case 'leastRegion':
      return estimateLeastRegion(task.sets);
  }
}

/**
 * All from one joint fit, so that no number contradicts another.
 *
 * @param sets 1 to `MAX_SKETCHES` sets
 */
export function estimateOverlaps(sets: readonly SketchedSet[]): OverlapsEstimate {
  const venn = vennOf(sets);
  const all = venn.table().length - 1;
  const pairs = sets.flatMap((first, index) =>
    sets.slice(index + 1).map((second, further) => {
      const positions: [number, number] = [index, index + 1 + further];
      return { positions, overlap: estimatePair(venn, [first, second], positions) };
    }),
  );
  const union = venn.estimate(() => true);
  const intersection = venn.estimate((region) => region === all);
  return {
    sizes: venn.sizes,
    pairs,
    union,
    intersection: { ...intersection, reliable: isReliable(intersection) },
  };
}

/**
 * The users of the smallest region of the Venn diagram of sets. A region contains the users who are in certain sets and in
 * no other one.
 *
 * @param sets 1 to `MAX_SKETCHES` sets
 */
export function estimateLeastRegion(sets: readonly SketchedSet[]): number {
  return Math.min(...vennOf(sets).table().slice(1));
}
