import { shareOfHeap } from '../../limits/heap.js';

/** One budget of bytes for all bulk bodies of a process: for what is read of them and not stored yet. */
export interface BulkRoom {
  /** Bytes that are kept. */
  readonly kept: number;
  /** Whether nothing more is to be read now. */
  readonly isFull: boolean;
  /** Notes that so many bytes more are kept, or fewer if it is negative. */
  keep(bytes: number): void;
  /** Resolves when it is not full. */
  free(): Promise<void>;
}

/** @param maxBytes the share of the heap unless given; of each body, what it is given at once comes on top */
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
      const all = waiting;
      waiting = [];
      for (const goOn of all) goOn();
    },
    free: () =>
      room.isFull ? new Promise((resolve) => void waiting.push(resolve)) : Promise.resolve(),
  };
  return room;
}
