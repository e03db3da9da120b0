import { countRegisters } from './count.js';
import { type Expression, type ExpressionEstimate, estimateExpression } from './expression.js';
import { fitRegions } from './fit.js';
import { estimateCount } from './interval.js';
import { type Estimate, estimateOverlap, type OverlapEstimate, toEstimate } from './overlap.js';
import { mergeRegisters, type Registers } from './registers.js';

/** How some sets overlap, each two and all of them. */
export interface OverlapsEstimate {
  /** For each two of the sets, by their positions: 0 and 1, 0 and 2, and so on. */
  pairs: { positions: [first: number, second: number]; overlap: OverlapEstimate }[];
  union: Estimate;
  intersection: ExpressionEstimate;
}

/** What is to be estimated; it can be sent to another thread. */
export type EstimationTask =
  | { kind: 'overlaps'; sketches: readonly Registers[] }
  | { kind: 'expression'; expression: Expression }
  | { kind: 'leastRegion'; sketches: readonly Registers[] };

/** Does a task: what a thread is for. */
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

/** @param sketches 2 to `MAX_SKETCHES` of them */
export function estimateOverlaps(sketches: readonly Registers[]): OverlapsEstimate {
  const pairs = sketches.flatMap((first, index) =>
    sketches.slice(index + 1).map((second, further) => ({
      positions: [index, index + 1 + further] as [number, number],
      overlap: estimateOverlap(first, second),
    })),
  );
  const [only] = pairs;
  // Of two sets the answer is to be the same in both places.
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
 * The users of the least region of the Venn diagram of some sets, each region being those in just some of them.
 *
 * @param sketches 2 to `MAX_SKETCHES` of them
 */
export function estimateLeastRegion(sketches: readonly Registers[]): number {
  if (sketches.some((sketch) => countRegisters(sketch) === 0)) return 0;
  const { best } = fitRegions(sketches, countRegisters(mergeRegisters(sketches)));
  return Math.round(Math.min(...best.rates.slice(1)));
}
