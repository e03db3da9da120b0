import { countRegisters } from './count.js';
import { type Expression, type ExpressionEstimate, estimateExpression } from './expression.js';
import { fitRegions } from './fit.js';
import { type Estimate, estimateOverlap, type OverlapEstimate, toEstimate } from './overlap.js';
import { mergeRegisters } from './registers.js';
import { estimateSet, mergeSets, type SketchedSet } from './sketched-set.js';

/** The overlaps of sets: of each pair, and of all sets. */
export interface OverlapsEstimate {
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

/** @param sets 2 to `MAX_SKETCHES` sets */
export function estimateOverlaps(sets: readonly SketchedSet[]): OverlapsEstimate {
  const pairs = sets.flatMap((first, index) =>
    sets.slice(index + 1).map((second, further) => ({
      positions: [index, index + 1 + further] as [number, number],
      overlap: estimateOverlap(first, second),
    })),
  );
  const [only] = pairs;
  // With two sets, the intersection must be the same as that of their pair.
  if (only !== undefined && pairs.length === 1) {
    const { union, both, reliable } = only.overlap;
    return { pairs, union, intersection: { ...both, reliable } };
  }
  return {
    pairs,
    union: toEstimate(estimateSet(mergeSets(sets))),
    intersection: estimateExpression({ sets, all: [...sets.keys()], any: [], none: [] }),
  };
}

/**
 * The users of the smallest region of the Venn diagram of sets. A region contains the users who are in certain sets and in
 * no other one.
 *
 * @param sets 2 to `MAX_SKETCHES` sets
 */
export function estimateLeastRegion(sets: readonly SketchedSet[]): number {
  const sketches = sets.map(({ registers }) => registers);
  if (sketches.some((sketch) => countRegisters(sketch) === 0)) return 0;
  const { best } = fitRegions(sketches, countRegisters(mergeRegisters(sketches)));
  return Math.round(Math.min(...best.rates.slice(1)));
}
