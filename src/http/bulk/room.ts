import { shareOfHeap } from '../../limits/heap.js';

/** One budget of bytes for all bulk bodies of a process: for data that was read and is not stored yet. */
export interface BulkRoom {
  /** Bytes in use. */
  readonly kept: number;
  /** Whether the budget is used up: then no body may be read further. */
  readonly isFull: boolean;
  /** Takes bytes from the budget; a negative number gives them back. */
  keep(bytes: number): void;
  /** Resolves when it is not full. */
  free(): Promise<void>;
}

/**
 * The budget may be exceeded by one chunk of each body.
 *
 * @param maxBytes the size of the budget. @default a share of the heap
 */
export function createBulkRoom(maxBytes = shareOfHeap()): BulkRoom {
  let kept = 0;
  let waiting: (() => void)[] = [];
  const room: BulkRoom = {
    get kept() {
      return kept;
    },
    get isFull() {
      return kept >= maxBytes;
    },
    keep(bytes) {
      kept += bytes;
      if (room.isFull || waiting.length === 0) return;
      const resolvers = waiting;
      waiting = [];
      for (const resolve of resolvers) resolve();
    },
    free: () =>
      room.isFull ? new Promise((resolve) => void waiting.push(resolve)) : Promise.resolve(),
  };
  return room;
}
