import { BATCHES_IN_FLIGHT } from '../../limits/in-flight.js';
import type { SegmentService } from '../../segment-service/segment-service.js';
import {
  addSummary,
  type BulkBatch,
  type BulkSummary,
  createBatch,
  createSummary,
  storeBatch,
} from './batch.js';
import type { BulkRoom } from './room.js';

export interface BulkSenderOptions {
  service: Pick<SegmentService, 'storeBatch'>;
  /** What all bodies of the process share. */
  room: BulkRoom;
  /**
   * Charges the client for lines that were refused, once they were. If given, batches are stored one after another, and none
   * behind one that was refused; then the client has used up what it may have, and goes on from there later.
   *
   * @throws Failure `limited`
   */
  chargeRefused?: ((lines: number) => void) | undefined;
}

/** Has the batches of a bulk body stored, up to the first that cannot be. */
export interface BulkSender {
  /** Of the lines up to the first batch that is not stored. */
  readonly summary: BulkSummary;
  /** The first line that is not stored; undefined when all are that there were. */
  readonly firstLeft: number | undefined;
  /** Why a batch could not be stored. */
  readonly failed: { error: unknown } | undefined;
  /** Whether as many batches as may be are on their way. */
  readonly isBusy: boolean;
  /** Makes the batch that comes next. */
  begin(firstLine: number): BulkBatch;
  /** Notes what is kept for a batch. */
  keep(batch: BulkBatch): void;
  /** Leaves a batch that will not be stored. The lines of it that were refused are charged all the same. */
  drop(batch: BulkBatch): void;
  send(batch: BulkBatch): void;
  /** Resolves when it is not busy. */
  free(): Promise<void>;
  /** Resolves when nothing is on its way. */
  idle(): Promise<void>;
}

/** What a membership takes beside its text, in bytes. */
const MEMBERSHIP_BYTES = 150;

export function createBulkSender({ service, room, chargeRefused }: BulkSenderOptions): BulkSender {
  const summary = createSummary();
  /** Those that are not in the summary, in the order of their lines. */
  const left: BulkBatch[] = [];
  const inFlight = new Set<Promise<void>>();
  let failed: { error: unknown } | undefined;
  let before = Promise.resolve();

  const keepBytes = (batch: BulkBatch, bytes: number) => {
    room.keep(bytes - batch.keptBytes);
    batch.keptBytes = bytes;
  };
  const work = async (batch: BulkBatch) => {
    try {
      if (failed) return;
      await storeBatch(batch, service);
      while (left[0]?.isDone) addSummary(summary, (left.shift() as BulkBatch).summary);
      chargeRefused?.(batch.refused);
    } catch (error) {
      failed ??= { error };
    } finally {
      keepBytes(batch, 0);
    }
  };
  const sender: BulkSender = {
    summary,
    get firstLeft() {
      return left[0]?.firstLine;
    },
    get failed() {
      return failed;
    },
    get isBusy() {
      return inFlight.size >= BATCHES_IN_FLIGHT;
    },
    begin(firstLine) {
      const batch = createBatch(firstLine);
      left.push(batch);
      return batch;
    },
    keep: (batch) => keepBytes(batch, batch.textBytes + batch.lines.length * MEMBERSHIP_BYTES),
    drop(batch) {
      keepBytes(batch, 0);
      try {
        chargeRefused?.(batch.refused);
      } catch (error) {
        failed ??= { error };
      }
    },
    send(batch) {
      sender.keep(batch);
      before = chargeRefused === undefined ? work(batch) : before.then(() => work(batch));
      const sent = before.finally(() => inFlight.delete(sent));
      inFlight.add(sent);
    },
    async free() {
      while (sender.isBusy) await Promise.race(inFlight);
    },
    async idle() {
      await Promise.all(inFlight);
    },
  };
  return sender;
}
