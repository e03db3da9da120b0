import { Failure, toFailure } from '../../domain/failure.js';
import { MAX_BATCH, type Membership } from '../../domain/membership.js';
import type { SegmentService } from '../../segment-service/segment-service.js';
import { type BulkBatch, type BulkSummary, reject } from './batch.js';
import { type BulkSenderOptions, createBulkSender } from './sender.js';

/** Where the lines of a bulk body go, in their order. */
export interface BulkSink {
  /** Takes the membership of a line. */
  add(line: number, membership: Membership): void;
  /** Notes why a line has none. */
  refuse(line: number, why: Failure): void;
  /**
   * Resolves when more may be added; rejects when a batch could not be stored.
   *
   * @param bytes of the text that was read for it since, which its names may be parts of, beside these themselves
   */
  room(bytes: number): Promise<void>;
}

export interface BulkOptions extends Omit<BulkSenderOptions, 'service'> {
  /** Most lines in a batch; 10,000 unless given. */
  maxBatch?: number;
}

/** How long lines wait for more to be stored with, in milliseconds: a body may come as slowly as it likes. */
const MAX_WAIT_MS = 1_000;

/**
 * Stores a bulk body in batches, of which few are on their way at once. A batch is stored once it is full, or has waited
 * for a second, or there is no room for more.
 *
 * @param service charges the client for the memberships of each batch, if it is to be charged
 * @param read puts the body into a sink
 * @throws Failure when a batch could not be stored, or the body not be read; its members say which is the first line that
 *   was not stored, and what became of those before it
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
  // What was charged for the last lines of all is no failure: nothing is left to be stored.
  if (error === undefined || (readError === undefined && firstLeft === undefined)) return summary;
  // A body without lines has no first one.
  if (last === 0) throw error.error;
  throw withProgress(toFailure(error.error), summary, firstLeft ?? last + 1);
}

/** @param line the first that was not stored */
function withProgress(failure: Failure, summary: BulkSummary, line: number): Failure {
  // What was stored is charged again each time, so a body over a limit would never come to its end.
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
