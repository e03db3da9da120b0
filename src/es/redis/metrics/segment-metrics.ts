import { Counter, Gauge, type Registry } from 'prom-client';
import { within } from '../../../process/within.js';
import type { SegmentReader } from '../read/segment-reader.js';

/** A Cluster has a registry for each slot, so they are not counted at each scrape. */
const KEEP_MS = 30_000;
const TIMEOUT_MS = 1_000;

/**
 * Shows how many segments are known, and how many may be; the former is left out while Redis does not answer.
 *
 * @param maxSegments 0 is any number
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
        count = await within(TIMEOUT_MS, reader.countKnown()).catch(() => undefined);
      }
      if (count === undefined) this.remove();
      else this.set(count);
    },
  });
}

/** Counts windows that are merged because nobody has counted them on this day. */
export function countMerges(registry: Registry): () => void {
  const merges = new Counter({
    registers: [registry],
    name: 'segmentation_window_merges_total',
    help: 'Windows that counted nothing, and were merged from their buckets where there are any.',
  });
  return () => merges.inc();
}
