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
  /** The budget that all bodies of the process share. */
  room: BulkRoom;
  /**
   * Charges the client for refused lines, after the refusal. If given, batches are stored one after another, and after a
   * refused batch no more are stored: the client has then used up its quota, and sends the rest of the body later.
   *
   * @throws Failure `limited`
   */
  chargeRefused?: ((lines: number) => void) | undefined;
}

/** Sends the batches of a bulk body to storage, up to the first batch that cannot be stored. */
export interface BulkSender {
  /** The outcome of the lines before the first batch that is not stored. */
  readonly summary: BulkSummary;
  /** The first line that is not stored; undefined when all are stored. */
  readonly firstLeft: number | undefined;
  /** Why a batch could not be stored. */
  readonly failed: { error: unknown } | undefined;
  /** Whether the maximum of batches is in flight. */
  readonly isBusy: boolean;
  /** Creates the next batch. */
  begin(firstLine: number): BulkBatch;
  /** Updates the bytes that are reserved for a batch. */
  keep(batch: BulkBatch): void;
  /** Drops a batch that will not be stored. Its refused lines are charged nevertheless. */
  drop(batch: BulkBatch): void;
  send(batch: BulkBatch): void;
  /** Resolves when it is not busy. */
  free(): Promise<void>;
  /** Resolves when no batch is in flight. */
  idle(): Promise<void>;
}

/** Bytes that a membership takes in addition to its text. */
const MEMBERSHIP_BYTES = 150;

export function createBulkSender({ service, room, chargeRefused }: BulkSenderOptions): BulkSender {
  const summary = createSummary();
  /** The batches that are not in the summary yet, in the order of their lines. */
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
