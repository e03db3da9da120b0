import { extname } from 'node:path';
import { Piscina } from 'piscina';
import type { Expression, ExpressionEstimate } from '../sketch/expression.js';
import type { SketchedSet } from '../sketch/sketched-set.js';
import type { EstimationTask, OverlapsEstimate, runEstimation } from '../sketch/thread-tasks.js';

/**
 * Estimates overlaps and expressions in threads, because they take milliseconds. An estimation ends as soon as its signal is
 * aborted: it is not started, or its thread is stopped.
 *
 * @throws Error of the name AbortError, from each method
 */
export interface EstimationThreads {
  overlaps(sets: readonly SketchedSet[], signal?: AbortSignal): Promise<OverlapsEstimate>;
  expression(expression: Expression, signal?: AbortSignal): Promise<ExpressionEstimate>;
  /** See `estimateLeastRegion`. */
  leastRegion(sets: readonly SketchedSet[], signal?: AbortSignal): Promise<number>;
  /** Stops the threads and gives up their work. */
  close(): Promise<void>;
}

/** How long a thread is kept without work. */
const IDLE_MS = 30_000;

/**
 * Starts a thread when there is work for it.
 *
 * @param maxThreads how many estimations run at the same time
 */
export function createEstimationThreads(maxThreads: number): EstimationThreads {
  // TypeScript in development, otherwise JavaScript.
  const module = new URL(`../sketch/thread-tasks${extname(import.meta.url)}`, import.meta.url);
  const pool = new Piscina<EstimationTask, ReturnType<typeof runEstimation>>({
    filename: module.href,
    name: 'runEstimation',
    minThreads: 0,
    maxThreads,
    idleTimeout: IDLE_MS,
  });
  const run = <Estimate>(task: EstimationTask, signal: AbortSignal | undefined) =>
    pool.run(task, signal && { signal }) as Promise<Estimate>;
  return {
    overlaps: (sets, signal) => run({ kind: 'overlaps', sets }, signal),
    expression: (expression, signal) => run({ kind: 'expression', expression }, signal),
    leastRegion: (sets, signal) => run({ kind: 'leastRegion', sets }, signal),
    close: () => pool.destroy(),
  };
}
