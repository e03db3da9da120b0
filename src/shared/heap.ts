import { getHeapStatistics } from 'node:v8';

/** What is kept of a body takes some three times as much on its way through, and there is more than one thing to keep. */
const SHARE = 1 / 8;

/** More than this brings no more throughput. */
const MAX_BYTES = 64 * 1024 * 1024;

/** Bytes that one kind of what waits may take in this process: an eighth of its heap, at most 64 MiB. */
export function shareOfHeap(): number {
  return Math.floor(Math.min(MAX_BYTES, getHeapStatistics().heap_size_limit * SHARE));
}
