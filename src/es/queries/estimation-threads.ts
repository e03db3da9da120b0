import { extname } from 'node:path';
import { Piscina } from 'piscina';
import type { Expression, ExpressionEstimate } from '../sketch/expression.js';
import type { SketchedSet } from '../sketch/sketched-set.js';
import type { EstimationTask, OverlapsEstimate, runEstimation } from '../sketch/thread-tasks.js';

/** Estimates overlaps and expressions in threads, because they take milliseconds. */
export interface EstimationThreads {
  overlaps(sets: readonly SketchedSet[]): Promise<OverlapsEstimate>;
  expression(expression: Expression): Promise<ExpressionEstimate>;
  /** See `estimateLeastRegion`. */
  leastRegion(sets: readonly SketchedSet[]): Promise<number>;
  /** Stops the threads and gives up their work. */
  close(): Promise<void>;
}

/** An estimate of six sketches keeps one core busy for about 0.4 s; the other cores are for stores and counts. */
const THREADS = 2;

/** How long a thread is kept without work. */
const IDLE_MS = 30_000;

/** Starts a thread when there is work for it. */
export function createEstimationThreads(): EstimationThreads {
  // TypeScript in development, otherwise JavaScript.
  const module = new URL(`../sketch/thread-tasks${extname(import.meta.url)}`, import.meta.url);
  const pool = new Piscina<EstimationTask, ReturnType<typeof runEstimation>>({
    filename: module.href,
    name: 'runEstimation',
    minThreads: 0,
    maxThreads: THREADS,
    idleTimeout: IDLE_MS,
  });
  return {
    overlaps: (sets) => pool.run({ kind: 'overlaps', sets }) as Promise<OverlapsEstimate>,
    expression: (expression) =>
      pool.run({ kind: 'expression', expression }) as Promise<ExpressionEstimate>,
    leastRegion: (sets) => pool.run({ kind: 'leastRegion', sets }) as Promise<number>,
    close: () => pool.destroy(),
  };
}
