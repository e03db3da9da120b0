import { setTimeout as delay } from 'node:timers/promises';
import { isFirstWorker } from '../../../process/worker-questions.js';
import { messageOf } from '../../../telemetry/describe-error.js';
import type { Logger } from '../../../telemetry/logger.js';
import type { Warmer } from './warmer.js';

/** How long to wait between rounds, in milliseconds; at least as long as a round took. */
const REST_MS = 1_000;

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
      const rest = Math.max(REST_MS, performance.now() - start);
      await delay(rest, undefined, { signal, ref: false }).catch(() => {});
    }
  };
  void run();
  return () => stopping.abort();
}
