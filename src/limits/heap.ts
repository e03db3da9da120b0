import { getHeapStatistics } from 'node:v8';

/** What is kept of a body takes some three times as much on its way through, and there is more than one thing to keep. */
const SHARE = 1 / 8;

/** More than this brings no more throughput. */
const MAX_BYTES = 64 * 1024 * 1024;

/** Bytes that one kind of what is kept may take in this process: an eighth of its heap, at most 64 MiB unless given. */
export function shareOfHeap(maxBytes = MAX_BYTES): number {
  return Math.floor(Math.min(maxBytes, getHeapStatistics().heap_size_limit * SHARE));
}
