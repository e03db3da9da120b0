import { type ClientDuplexStream, type ServiceError, status } from '@grpc/grpc-js';
import type {
  EstimationServiceClient,
  Refusal,
  StoreBatchRequest,
  StoreBatchResponse,
  StoreStreamRequest,
  StoreStreamResponse,
} from '../../generated/segment.js';

/** A batch that waits for its answer. */
export interface PendingBatch {
  batch: StoreBatchRequest;
  attempts: number;
  /** Why the last attempt came to nothing. */
  lost?: Error;
  /** Forgets the batch wherever it is, and stops its clock. */
  settle: (outcome: StoreBatchResponse | Error) => void;
  settled: boolean;
  /** Ends the stream that it is on its way on. */
  cancel?: () => void;
}

export interface StoreStreamEvents {
  /** ES has answered. */
  onAnswer: () => void;
  /** The stream ended before a batch was answered. */
  onLost: (pending: PendingBatch, error: Error) => void;
}

/** A stream, with the batches that are on their way on it. */
export interface StoreStream {
  client: EstimationServiceClient;
  send(pending: PendingBatch): void;
  /** Takes no more; what is on its way is still answered. */
  end(): void;
  /** Ends it at once, which sends what is on its way out again. */
  cancel(): void;
}

export function openStoreStream(
  client: EstimationServiceClient,
  { onAnswer, onLost }: StoreStreamEvents,
  onEnd: () => void,
): StoreStream {
  const stream: ClientDuplexStream<StoreStreamRequest, StoreStreamResponse> = client.storeStream();
  const onTheWay = new Map<number, PendingBatch>();
  let sequence = 0;
  stream.on('data', (answer: StoreStreamResponse) => {
    onAnswer();
    const pending = onTheWay.get(answer.sequence);
    onTheWay.delete(answer.sequence);
    pending?.settle(outcomeOf(answer));
  });
  const lost = (error: Error) => {
    onEnd();
    const left = [...onTheWay.values()].filter(({ settled }) => !settled);
    onTheWay.clear();
    for (const pending of left) onLost(pending, error);
  };
  stream.on('error', lost);
  stream.on('end', () => lost(statusError(status.UNAVAILABLE, 'the stream was ended')));
  return {
    client,
    send(pending) {
      sequence = (sequence + 1) % 2 ** 32;
      onTheWay.set(sequence, pending);
      pending.cancel = () => stream.cancel();
      stream.write({ sequence, batch: pending.batch });
    },
    end: () => stream.end(),
    cancel: () => stream.cancel(),
  };
}

function outcomeOf({ result }: StoreStreamResponse): StoreBatchResponse | Error {
  if (result?.$case === 'stored') return result.value;
  const refusal: Refusal = result?.value ?? { code: status.INTERNAL, message: 'an empty answer' };
  return statusError(refusal.code, refusal.message);
}

export function statusError(
  code: status,
  details: string,
): Error & Pick<ServiceError, 'code' | 'details'> {
  return Object.assign(new Error(details), { code, details });
}
