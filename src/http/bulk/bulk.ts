import { Failure, toFailure } from '../../domain/failure.js';
import { MAX_BATCH, type Membership } from '../../domain/membership.js';
import type { SegmentService } from '../../segment-service/segment-service.js';
import { type BulkBatch, type BulkSummary, reject } from './batch.js';
import { type BulkSenderOptions, createBulkSender } from './sender.js';

/** Takes the lines of a bulk body, in their order. */
export interface BulkSink {
  /** Takes the membership of a line. */
  add(line: number, membership: Membership): void;
  /** Notes why a line was refused. */
  refuse(line: number, why: Failure): void;
  /**
   * Resolves once more lines may be added; rejects once a batch could not be stored.
   *
   * @param bytes of the text read since the last call: names may be slices of it, which keep all of it in memory
   */
  room(bytes: number): Promise<void>;
}

export interface BulkOptions extends Omit<BulkSenderOptions, 'service'> {
  /**
   * Most lines in a batch.
   *
   * @default 10,000
   */
  maxBatch?: number;
}

/** How long a line waits for others to be stored with, in milliseconds, since a body may come very slowly. */
const MAX_WAIT_MS = 1_000;

/**
 * Stores a bulk body in batches, a few of them at once. A batch is stored once it is full, or has waited for a second,
 * or the BulkRoom has no room for more lines.
 *
 * @param service stores the batches, and charges the client for their memberships
 * @param read reads the body into a sink
 * @throws Failure where a batch could not be stored, or the body could not be read; its members name the first line
 *   that was not stored, and the outcome of the lines before it
 */
export async function storeBulk(
  service: Pick<SegmentService, 'storeBatch'>,
  read: (sink: BulkSink) => Promise<void>,
  { maxBatch = MAX_BATCH, ...options }: BulkOptions,
): Promise<BulkSummary> {
  const { room } = options;
  const sender = createBulkSender({ service, ...options });
  let batch: BulkBatch | undefined;
  let timer: NodeJS.Timeout | undefined;
  let last = 0;

  const flush = (full: BulkBatch) => {
    clearTimeout(timer);
    batch = undefined;
    sender.send(full);
  };
  const flushInTime = (waiting: BulkBatch) => {
    timer = setTimeout(() => (sender.isBusy ? flushInTime : flush)(waiting), MAX_WAIT_MS);
  };
  const begin = (line: number): BulkBatch => {
    batch = sender.begin(line);
    flushInTime(batch);
    return batch;
  };
  const sink: BulkSink = {
    add(line, membership) {
      last = line;
      const into = batch ?? begin(line);
      into.memberships.push(membership);
      into.textBytes += membership.segment.length + membership.userId.length;
      if (into.lines.push(line) + into.refused === maxBatch) flush(into);
    },
    refuse(line, why) {
      last = line;
      const into = batch ?? begin(line);
      into.refused += 1;
      reject(into.summary, line, why);
      if (into.lines.length + into.refused === maxBatch) flush(into);
    },
    async room(bytes) {
      if (batch !== undefined) {
        batch.textBytes += bytes;
        sender.keep(batch);
      }
      await sender.free();
      if (room.isFull) {
        if (batch !== undefined) flush(batch);
        await room.free();
      }
      if (sender.failed) throw sender.failed.error;
    },
  };

  let readError: { error: unknown } | undefined;
  try {
    await read(sink);
    if (batch !== undefined) flush(batch);
  } catch (error) {
    readError = { error };
    clearTimeout(timer);
    if (batch !== undefined) sender.drop(batch);
  }
  await sender.idle();
  const { summary, firstLeft } = sender;
  const error = sender.failed ?? readError;
  // The charge for the last refused lines may fail after everything was stored; that is no failure of the body.
  if (error === undefined || (readError === undefined && firstLeft === undefined)) return summary;
  // A body that failed before its first line has no progress to report.
  if (last === 0) throw error.error;
  throw withProgress(toFailure(error.error), summary, firstLeft ?? last + 1);
}

/** @param line the first that was not stored */
function withProgress(failure: Failure, summary: BulkSummary, line: number): Failure {
  // A rate-limited client would be charged again for what was stored already, and never get to the end of its body.
  const next =
    failure.kind === 'limited'
      ? 'send the body from there on'
      : `it is safe to send the whole body again${failure.kind === 'invalid' ? ' once it is mended' : ''}`;
  return new Failure(
    failure.kind,
    `${failure.message}; line ${line} is the first that was not stored: ${summary.accepted} memberships were stored before that, and ${next}`,
    { ...failure.options, members: { ...summary, line } },
  );
}
