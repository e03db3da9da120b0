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
  /** Why the last attempt failed. */
  lost?: Error;
  /** Ends the wait for an answer, with an answer or with an error. */
  settle: (outcome: StoreBatchResponse | Error) => void;
  settled: boolean;
  /** Cancels the stream that the batch is on. */
  cancel?: () => void;
}

export interface StoreStreamEvents {
  /** ES has answered. */
  onAnswer: () => void;
  /** The stream ended before a batch was answered. */
  onLost: (pending: PendingBatch, error: Error) => void;
}

/** A stream with its batches that are not answered yet. */
export interface StoreStream {
  client: EstimationServiceClient;
  send(pending: PendingBatch): void;
  /** Sends no more batches; batches on the stream are still answered. */
  end(): void;
  /** Ends the stream immediately. The batches on it are lost, and `onLost` sends them again. */
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
