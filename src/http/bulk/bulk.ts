import { Failure, toFailure } from '../../domain/failure.js';
import { BULK_BATCH } from '../../limits/in-flight.js';
import type { SegmentService } from '../../segment-service/segment-service.js';
import type { BulkSummary } from './batch.js';
import { type BulkSink, createBatcher } from './batcher.js';
import { type BulkSenderOptions, createBulkSender } from './sender.js';

export interface BulkOptions extends Omit<BulkSenderOptions, 'service'> {
  /**
   * Maximum of lines in a batch.
   *
   * @default `BULK_BATCH`
   */
  maxBatch?: number;
}

/**
 * Stores a bulk body in batches, a few of them at the same time. A batch is stored when it is full, when it has waited for
 * a second, or when the BulkRoom has no room for more lines.
 *
 * @param service stores the batches, and charges the client for their memberships
 * @param read reads the body into a sink
 * @throws Failure if a batch could not be stored, or the body could not be read; its members give the first line that was
 *   not stored, and the outcome of the lines before it
 */
export async function storeBulk(
  service: Pick<SegmentService, 'storeBatch'>,
  read: (sink: BulkSink) => Promise<void>,
  { maxBatch = BULK_BATCH, ...options }: BulkOptions,
): Promise<BulkSummary> {
  const sender = createBulkSender({ service, ...options });
  const batcher = createBatcher(sender, options.room, maxBatch);
  let readError: { error: unknown } | undefined;
  try {
    await read(batcher);
    batcher.finish();
  } catch (error) {
    readError = { error };
    batcher.abandon();
  }
  await sender.idle();
  const { summary, firstLeft } = sender;
  const error = sender.failed ?? readError;
  // The charge for the last refused lines may fail after everything was stored. Even then the body succeeds.
  if (error === undefined || (readError === undefined && firstLeft === undefined)) return summary;
  // A body that failed before its first line has no progress to report.
  if (batcher.lastLine === 0) throw error.error;
  throw withProgress(toFailure(error.error), summary, firstLeft ?? batcher.lastLine + 1);
}

/** @param line the first line that was not stored */
function withProgress(failure: Failure, summary: BulkSummary, line: number): Failure {
  // A rate-limited client would be charged again for lines that were stored already, and would never reach the end of its
  // body.
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
