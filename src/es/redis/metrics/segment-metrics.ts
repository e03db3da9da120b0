import { Counter, Gauge, type Registry } from 'prom-client';
import { withTimeout } from '../../../process/timeout.js';
import type { SegmentReader } from '../read/segment-reader.js';

/** How long a count is reused: a Cluster has a registry for each slot, too many to count at each scrape. */
const KEEP_MS = 30_000;
const TIMEOUT_MS = 1_000;

/**
 * Metrics of the number of known segments, which is left out while Redis does not answer, and of its limit.
 *
 * @param maxSegments the maximum of known segments; 0 means no limit
 */
export function showSegments(
  registry: Registry,
  reader: Pick<SegmentReader, 'countKnown'>,
  maxSegments: number,
): void {
  new Gauge({
    registers: [registry],
    aggregator: 'max',
    name: 'segmentation_segments_limit',
    help: 'How many segments may be known; 0 is no limit.',
  }).set(maxSegments);
  let count: number | undefined;
  let readAt = Number.NEGATIVE_INFINITY;
  new Gauge({
    registers: [registry],
    aggregator: 'max',
    name: 'segmentation_segments_known',
    help: 'Segments that were stored in the window.',
    async collect() {
      if (count === undefined || performance.now() - readAt > KEEP_MS) {
        readAt = performance.now();
        count = await withTimeout(TIMEOUT_MS, reader.countKnown()).catch(() => undefined);
      }
      if (count === undefined) this.remove();
      else this.set(count);
    },
  });
}

/** Counts the windows that were merged because they counted 0. */
export function countMerges(registry: Registry): () => void {
  const merges = new Counter({
    registers: [registry],
    name: 'segmentation_window_merges_total',
    help: 'Windows that counted nothing, and were merged from their buckets where there are any.',
  });
  return () => merges.inc();
}

/** Counts the windows that were merged before their day, and how long Redis was busy for them. */
export function countWarming(registry: Registry) {
  const windows = new Counter({
    registers: [registry],
    name: 'segmentation_windows_warmed_total',
    help: 'Windows of the next UTC day that were merged before it began.',
  });
  const seconds = new Counter({
    registers: [registry],
    name: 'segmentation_window_warming_seconds_total',
    help: 'Time that Redis took for such windows; of all ES together at most ES_WINDOW_WARM_PERCENT.',
  });
  return {
    onWarmed: () => windows.inc(),
    onTurn: (ms: number) => seconds.inc(ms / 1_000),
  };
}
