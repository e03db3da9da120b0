import type { Caller } from '../caller.js';
import type { Quota } from '../clients.js';
import { MAX_BATCH } from '../membership.js';
import type { SegmentService } from '../segment-service.js';
import { type BulkSink, type BulkSummary, storeBulk } from './bulk.js';

/**
 * Stores a bulk body that its client is charged for: each membership before its batch is stored, each line that is refused
 * once it is. No batch is larger than what may be asked for at once, so that there is always a beginning; beyond what
 * the client may have, the rest of the body is refused instead of waited for.
 *
 * @param service charges the caller for each batch
 * @param read puts the body into a sink
 * @throws Failure `limited` beyond it, and as `storeBulk` does
 */
export async function storeChargedBulk(
  service: Pick<SegmentService, 'storeBatch'>,
  read: (sink: BulkSink) => Promise<void>,
  quota: Quota,
  caller: Caller,
): Promise<BulkSummary> {
  let refusal: { error: unknown } | undefined;
  let refusedLines = 0;
  /** After a batch that was refused none is stored, so that all before it are and none behind it. */
  const storeBatch: typeof service.storeBatch = (groups) => {
    if (refusal !== undefined) throw refusal.error;
    try {
      return service.storeBatch(groups);
    } catch (error) {
      refusal = { error };
      throw error;
    }
  };
  const chargeRefused = () => {
    const lines = refusedLines;
    refusedLines = 0;
    if (lines > 0) quota.chargeAfterwards(caller, lines);
  };
  const readCharged = async (sink: BulkSink) => {
    await read({
      ...sink,
      refuse(line, detail) {
        refusedLines += 1;
        sink.refuse(line, detail);
      },
      async room() {
        chargeRefused();
        await sink.room();
      },
    });
    chargeRefused();
  };
  return storeBulk({ storeBatch }, readCharged, Math.min(MAX_BATCH, quota.burst));
}
