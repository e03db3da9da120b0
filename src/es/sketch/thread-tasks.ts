import { countRegisters } from './count.js';
import { type Expression, type ExpressionEstimate, estimateExpression } from './expression.js';
import { fitRegions } from './fit.js';
import { estimateCount } from './interval.js';
import { type Estimate, estimateOverlap, type OverlapEstimate, toEstimate } from './overlap.js';
import { mergeRegisters, type Registers } from './registers.js';

/** How sets overlap: each two, and all of them. */
export interface OverlapsEstimate {
  /** Each two sets, by their positions: 0 and 1, 0 and 2, and so on. */
  pairs: { positions: [first: number, second: number]; overlap: OverlapEstimate }[];
  union: Estimate;
  intersection: ExpressionEstimate;
}

/** An estimation to be done, which can be sent to another thread. */
export type EstimationTask =
  | { kind: 'overlaps'; sketches: readonly Registers[] }
  | { kind: 'expression'; expression: Expression }
  | { kind: 'leastRegion'; sketches: readonly Registers[] };

/** Does a task. This is what the threads run. */
export function runEstimation(
  task: EstimationTask,
): OverlapsEstimate | ExpressionEstimate | number {
  switch (task.kind) {
    case 'overlaps':
      return estimateOverlaps(task.sketches);
    case 'expression':
      return estimateExpression(task.expression);
    case 'leastRegion':
      return estimateLeastRegion(task.sketches);
  }
}

/** @param sketches 2 to `MAX_SKETCHES` sketches */
export function estimateOverlaps(sketches: readonly Registers[]): OverlapsEstimate {
  const pairs = sketches.flatMap((first, index) =>
    sketches.slice(index + 1).map((second, further) => ({
      positions: [index, index + 1 + further] as [number, number],
      overlap: estimateOverlap(first, second),
    })),
  );
  const [only] = pairs;
  // For two sets the intersection must be the same as in their pair.
  if (only !== undefined && pairs.length === 1) {
    const { union, both, reliable } = only.overlap;
    return { pairs, union, intersection: { ...both, reliable } };
  }
  return {
    pairs,
    union: toEstimate(estimateCount(mergeRegisters(sketches))),
    intersection: estimateExpression({ all: sketches, any: [], none: [] }),
  };
}

/**
 * The users of the smallest region of the Venn diagram of sets; a region is the users in exactly some of the sets.
 *
 * @param sketches 2 to `MAX_SKETCHES` sketches
 */
export function estimateLeastRegion(sketches: readonly Registers[]): number {
  if (sketches.some((sketch) => countRegisters(sketch) === 0)) return 0;
  const { best } = fitRegions(sketches, countRegisters(mergeRegisters(sketches)));
  return Math.round(Math.min(...best.rates.slice(1)));
}
