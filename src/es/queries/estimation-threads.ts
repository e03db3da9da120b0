import { extname } from 'node:path';
import { Piscina } from 'piscina';
import type { Expression, ExpressionEstimate } from '../sketch/expression.js';
import type { Registers } from '../sketch/registers.js';
import type { EstimationTask, OverlapsEstimate, runEstimation } from '../sketch/thread-tasks.js';

/** Estimates overlaps and expressions in threads, because they take milliseconds. */
export interface EstimationThreads {
  overlaps(sketches: readonly Registers[]): Promise<OverlapsEstimate>;
  expression(expression: Expression): Promise<ExpressionEstimate>;
  /** See `estimateLeastRegion`. */
  leastRegion(sketches: readonly Registers[]): Promise<number>;
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
    overlaps: (sketches) => pool.run({ kind: 'overlaps', sketches }) as Promise<OverlapsEstimate>,
    expression: (expression) =>
      pool.run({ kind: 'expression', expression }) as Promise<ExpressionEstimate>,
    leastRegion: (sketches) => pool.run({ kind: 'leastRegion', sketches }) as Promise<number>,
    close: () => pool.destroy(),
  };
}
