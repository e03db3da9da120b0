import { type ClientDuplexStream, type ServiceError, status } from '@grpc/grpc-js';
import type {
  Refusal,
  StoreBatchRequest,
  StoreBatchResponse,
  StoreStreamRequest,
  StoreStreamResponse,
} from '../generated/segment.js';
import type { EsConnection } from './es-connection.js';

export interface StoreLanesOptions {
  /** One for each lane. */
  connections: readonly EsConnection[];
  /** How long a batch may take, all attempts together. */
  timeoutMs: number;
  /** Told when a batch goes out again. */
  onRetry: () => void;
}

/** Long-lived StoreStream calls that batches travel on. */
export interface StoreLanes {
  /**
   * Has a batch stored. While its stream ends without an answer it goes out again on another one, which
   * is safe because storing is idempotent.
   *
   * @throws a gRPC status
   */
  store(batch: StoreBatchRequest): Promise<StoreBatchResponse>;
  close(): void;
}

/** How long ES may be away before batches are given up at once: a restart is waited for, an outage is not. */
const RIDE_OUT_MS = 2_000;

const FIRST_RETRY_MS = 20;
const MAX_RETRY_MS = 500;

interface Pending {
  batch: StoreBatchRequest;
  attempts: number;
  /** Why the last attempt came to nothing. */
  lost?: Error;
  /** Forgets the batch wherever it is, and stops its clock. */
  settle: (outcome: StoreBatchResponse | Error) => void;
  settled: boolean;
  /** The lane it is on its way on. */
  lane?: Lane | undefined;
}

interface Lane {
  send(pending: Pending): void;
  /** Ends the stream, which sends what is on its way out again. */
  cancel(): void;
}

type Stream = ClientDuplexStream<StoreStreamRequest, StoreStreamResponse>;

export function createStoreLanes({
  connections,
  timeoutMs,
  onRetry,
}: StoreLanesOptions): StoreLanes {
  let awaySince: number | undefined;
  let closed = false;
  let turn = 0;

  const lanes = connections.map((connection) =>
    createLane(connection, {
      onAnswer: () => {
        awaySince = undefined;
      },
      onLost: (pending, error) => {
        awaySince ??= Date.now();
        pending.attempts += 1;
        pending.lost = error;
        // Another connection may well be there.
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

  const dispatch = (pending: Pending) => {
    if (pending.settled) return;
    turn = (turn + 1) % lanes.length;
    pending.lane = lanes[turn];
    pending.lane?.send(pending);
  };
  const retryLater = (pending: Pending) => {
    const retries = pending.attempts - connections.length;
    const longest = Math.min(FIRST_RETRY_MS * 2 ** retries, MAX_RETRY_MS);
    setTimeout(() => dispatch(pending), longest * (0.5 + Math.random() / 2));
  };

  return {
    store: (batch) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          const late = statusError(status.DEADLINE_EXCEEDED, 'the batch was not answered in time');
          pending.settle(pending.lost ?? late);
          // A stream that is silent for so long is taken for dead, for the sake of the others on it.
          pending.lane?.cancel();
        }, timeoutMs);
        const pending: Pending = {
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

interface LaneEvents {
  /** ES has answered. */
  onAnswer: () => void;
  /** The stream ended before a batch was answered. */
  onLost: (pending: Pending, error: Error) => void;
}

function createLane(connection: EsConnection, { onAnswer, onLost }: LaneEvents): Lane {
  let stream: Stream | undefined;
  let sequence = 0;
  const onTheWay = new Map<number, Pending>();

  const open = (): Stream => {
    const opened = connection.client.storeStream();
    opened.on('data', (answer: StoreStreamResponse) => {
      onAnswer();
      const pending = onTheWay.get(answer.sequence);
      onTheWay.delete(answer.sequence);
      pending?.settle(outcomeOf(answer));
    });
    const lost = (error: Error) => {
      if (stream !== opened) return;
      stream = undefined;
      const left = [...onTheWay.values()].filter(({ settled }) => !settled);
      onTheWay.clear();
      for (const pending of left) onLost(pending, error);
    };
    opened.on('error', lost);
    opened.on('end', () => lost(statusError(status.UNAVAILABLE, 'the stream was ended')));
    return opened;
  };

  return {
    send(pending) {
      stream ??= open();
      sequence = (sequence + 1) % 2 ** 32;
      onTheWay.set(sequence, pending);
      stream.write({ sequence, batch: pending.batch });
    },
    cancel: () => stream?.cancel(),
  };
}

function outcomeOf({ result }: StoreStreamResponse): StoreBatchResponse | Error {
  if (result?.$case === 'stored') return result.value;
  const refusal: Refusal = result?.value ?? { code: status.INTERNAL, message: 'an empty answer' };
  return statusError(refusal.code, refusal.message);
}

function statusError(
  code: status,
  details: string,
): Error & Pick<ServiceError, 'code' | 'details'> {
  return Object.assign(new Error(details), { code, details });
}
