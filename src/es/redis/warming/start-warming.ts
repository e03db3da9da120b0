import { setTimeout as delay } from 'node:timers/promises';
import { isFirstWorker } from '../../../process/worker-questions.js';
import { messageOf } from '../../../telemetry/describe-error.js';
import type { Logger } from '../../../telemetry/logger.js';
import type { Warmer } from './warmer.js';

/** How long to wait between rounds, in milliseconds. */
const REST_MS = 1_000;
const LONGEST_REST_MS = 10_000;

/**
 * How long to wait after a round: as long as it took, so that half of the time nothing is looked at. But no longer than
 * seconds: a round may take most of the hour, and the next one must begin soon, as what was merged lapses unless it is
 * confirmed in the last minutes.
 *
 * @param tookMs how long the round took, in milliseconds
 * @returns milliseconds
 */
export function restAfter(tookMs: number): number {
  return Math.min(LONGEST_REST_MS, Math.max(REST_MS, tookMs));
}

/** Warms again and again, in one process of an ES. @returns what stops it */
export function startWarming(
  warmer: Pick<Warmer, 'isDue' | 'round'>,
  logger: Pick<Logger, 'debug'>,
): () => void {
  const stopping = new AbortController();
  const { signal } = stopping;
  const run = async () => {
    while (!signal.aborted) {
      const start = performance.now();
      try {
        if (warmer.isDue() && (await isFirstWorker())) await warmer.round(signal);
      } catch (error) {
        if (!signal.aborted) logger.debug(`windows are not merged ahead: ${messageOf(error)}`);
      }
      const rest = restAfter(performance.now() - start);
      await delay(rest, undefined, { signal, ref: false }).catch(() => {});
    }
  };
  void run();
  return () => stopping.abort();
}
