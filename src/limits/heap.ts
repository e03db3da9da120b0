import { getHeapStatistics } from 'node:v8';

/** A body takes some three times as much memory while it is parsed, and bodies are not the only thing that is kept. */
const SHARE = 1 / 8;

/** More than this brings no more throughput. */
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * The bytes that this process may keep of one kind, such as bulk bodies: an eighth of its heap.
 *
 * @param maxBytes the most. @default 64 MiB
 */
export function shareOfHeap(maxBytes = MAX_BYTES): number {
  return Math.floor(Math.min(maxBytes, getHeapStatistics().heap_size_limit * SHARE));
}
