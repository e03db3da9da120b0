import { getHeapStatistics } from 'node:v8';

/** A body takes about three times its size in memory while it is parsed, and the heap also holds other things. */
const SHARE = 1 / 8;

/** More bytes than this do not increase the throughput. */
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * The bytes that this process may keep of one kind, such as bulk bodies: an eighth of its heap.
 *
 * @param maxBytes the maximum, in bytes. @default 64 MiB
 */
export function shareOfHeap(maxBytes = MAX_BYTES): number {
  return Math.floor(Math.min(maxBytes, getHeapStatistics().heap_size_limit * SHARE));
}
