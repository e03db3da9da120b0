import type { Failure } from '../../domain/failure.js';
import type { Membership } from '../../domain/membership.js';
import { type BulkBatch, reject } from './batch.js';
import type { BulkRoom } from './room.js';
import type { BulkSender } from './sender.js';

/** Takes the lines of a bulk body, in their order. */
export interface BulkSink {
  /** Takes the membership of a line. */
  add(line: number, membership: Membership): void;
  /** Notes why a line was refused. */
  refuse(line: number, why: Failure): void;
  /**
   * Resolves when more lines may be added; rejects when a batch could not be stored.
   *
   * @param bytes of the text that was read since the last call: names may be slices of it and so keep all of it in memory
   */
  room(bytes: number): Promise<void>;
}

/** A sink that collects lines in batches and sends the batches. */
export interface BulkBatcher extends BulkSink {
  /** The last line that was taken; 0 before the first. */
  readonly lastLine: number;
  /** Sends the last batch, full or not. */
  finish(): void;
  /** Drops the last batch. */
  abandon(): void;
}

/** How long a line waits for other lines of its batch, in milliseconds. */
const MAX_WAIT_MS = 1_000;

/** @param maxBatch maximum of lines in a batch */
export function createBatcher(sender: BulkSender, room: BulkRoom, maxBatch: number): BulkBatcher {
  let batch: BulkBatch | undefined;
  let timer: NodeJS.Timeout | undefined;
  let lastLine = 0;

  /** Ends the current batch, if there is one. */
  const end = (then: (ended: BulkBatch) => void) => {
    clearTimeout(timer);
    timer = undefined;
    const ended = batch;
    batch = undefined;
    if (ended !== undefined) then(ended);
  };
  const flush = () => end(sender.send);
  const flushInTime = () => {
    timer = setTimeout(() => (sender.isBusy ? flushInTime() : flush()), MAX_WAIT_MS);
  };
  const batchFor = (line: number): BulkBatch => {
    lastLine = line;
    batch ??= sender.begin(line);
    return batch;
  };
  const flushIfFull = ({ lines, refused }: BulkBatch) => {
    if (lines.length + refused === maxBatch) flush();
  };
  return {
    get lastLine() {
      return lastLine;
    },
    add(line, membership) {
      const into = batchFor(line);
      into.memberships.push(membership);
      into.lines.push(line);
      into.textBytes += membership.segment.length + membership.userId.length;
      flushIfFull(into);
    },
    refuse(line, why) {
      const into = batchFor(line);
      into.refused += 1;
      reject(into.summary, line, why);
      flushIfFull(into);
    },
    async room(bytes) {
      if (batch !== undefined) {
        batch.textBytes += bytes;
        sender.keep(batch);
        // The rest of the body may arrive very slowly.
        if (timer === undefined) flushInTime();
      }
      await sender.free();
      if (room.isFull) {
        flush();
        await room.free();
      }
      if (sender.failed) throw sender.failed.error;
    },
    finish: flush,
    abandon: () => end(sender.drop),
  };
}
