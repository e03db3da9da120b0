import { status } from '@grpc/grpc-js';
import { backoffMs } from '../../domain/backoff.js';
import type { StoreBatchRequest, StoreBatchResponse } from '../../generated/segment.js';
import type { EsConnection } from './connection.js';
import {
  openStoreStream,
  type PendingBatch,
  type StoreStream,
  type StoreStreamEvents,
  statusError,
} from './store-stream.js';

export interface StoreLanesOptions {
  /** One connection for each lane. */
  connections: readonly EsConnection[];
  /** How long all attempts for a batch may take together, in milliseconds. */
  timeoutMs: number;
  /** Called when a batch is sent again. */
  onRetry: () => void;
}

/** Long-lived StoreStream calls that carry the batches: one on each connection. */
export interface StoreLanes {
  /**
   * Stores a batch. If its stream ends without an answer, the batch is sent again on another stream. This is safe because
   * storing is idempotent.
   *
   * @throws a gRPC status
   */
  store(batch: StoreBatchRequest): Promise<StoreBatchResponse>;
  close(): void;
}

/**
 * How long ES may be unreachable, in milliseconds, before USS gives up batches immediately: USS waits for a restart, not
 * for an outage.
 */
const RIDE_OUT_MS = 2_000;

const RETRY = { firstMs: 20, maxMs: 500 };

interface Lane {
  send(pending: PendingBatch): void;
  /** Cancels the stream; the batches on it are sent again. */
  cancel(): void;
}

export function createStoreLanes({
  connections,
  timeoutMs,
  onRetry,
}: StoreLanesOptions): StoreLanes {
  let awaySince: number | undefined;
  let closed = false;
  let last = 0;

  const lanes = connections.map((connection) =>
    createLane(connection, {
      onAnswer: () => {
        awaySince = undefined;
      },
      onLost: (pending, error) => {
        awaySince ??= Date.now();
        pending.attempts += 1;
        pending.lost = error;
        // Another connection may still reach ES.
        const triedAll = pending.attempts >= connections.length;
        if (closed || (triedAll && Date.now() - awaySince > RIDE_OUT_MS)) {
          pending.settle(error);
          return;
        }
        onRetry();
        if (triedAll) retryLater(pending);
        else dispatch(pending);
      },
    }),
  );

  const dispatch = (pending: PendingBatch) => {
    if (pending.settled) return;
    last = (last + 1) % lanes.length;
    lanes[last]?.send(pending);
  };
  const retryLater = (pending: PendingBatch) => {
    const waitMs = backoffMs(RETRY, pending.attempts - connections.length);
    setTimeout(() => dispatch(pending), waitMs);
  };

  return {
    store: (batch) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          const late = statusError(status.DEADLINE_EXCEEDED, 'the batch was not answered in time');
          pending.settle(pending.lost ?? late);
          // A stream that is silent for this long is considered dead. Its other batches are sent again on another stream.
          pending.cancel?.();
        }, timeoutMs);
        const pending: PendingBatch = {
          batch,
          attempts: 0,
          settled: false,
          settle(outcome) {
            clearTimeout(timer);
            pending.settled = true;
            if (outcome instanceof Error) reject(outcome);
            else resolve(outcome);
          },
        };
        dispatch(pending);
      }),
    close() {
      closed = true;
      for (const lane of lanes) lane.cancel();
    },
  };
}

function createLane(connection: EsConnection, events: StoreStreamEvents): Lane {
  let stream: StoreStream | undefined;
  return {
    send(pending) {
      const { client } = connection;
      if (stream?.client !== client) {
        stream?.end();
        const opened = openStoreStream(client, events, () => {
          if (stream === opened) stream = undefined;
        });
        stream = opened;
      }
      stream.send(pending);
    },
    cancel: () => stream?.cancel(),
  };
}
