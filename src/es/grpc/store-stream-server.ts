import type { ServerDuplexStream } from '@grpc/grpc-js';
import type { Caller } from '../../auth/caller.js';
import { Failure } from '../../domain/failure.js';
import type { MembershipGroup } from '../../domain/membership-groups.js';
import type {
  StoreBatchRequest,
  StoreStreamRequest,
  StoreStreamResponse,
} from '../../generated/segment.js';
import type { Clients } from '../../limits/clients.js';
import { BATCHES_OF_SENDER } from '../../limits/in-flight.js';
import type { SegmentService } from '../../segment-service/segment-service.js';
import type { RequestLog } from '../../telemetry/request-log.js';
import { type Tracing, traceIdOf } from '../../telemetry/tracing/tracing.js';
import { callerOf } from './callers.js';
import { sizeOf } from './message-sizes.js';
import { parseBatch } from './messages.js';
import { spanOf } from './request-context.js';
import { toStatus } from './status.js';
import { createStreamLife, type StreamLife } from './stream-life.js';

type Call = ServerDuplexStream<StoreStreamRequest, StoreStreamResponse>;

export interface StoreStreams {
  /** Serves one StoreStream call until its client ends it, its credential expires or the streams are drained. */
  handle(call: Call): void;
  /** Ends every stream as soon as its accepted batches are answered. */
  drain(): void;
}

const EMPTY_BATCH: StoreBatchRequest = { memberships: [], packed: undefined };

export interface StoreStreamsOptions {
  service: Pick<SegmentService, 'storeBatch'>;
  clients: Pick<Clients, 'quota'>;
  /** The clock, in milliseconds. */
  now: () => number;
  requestLog: RequestLog;
  tracing: Tracing;
  /** Maximum age of a stream. Each gets a random age a little below it, so that not all streams end together. */
  maxAgeMs: number;
}

/** The StoreStream calls of a server. */
export function createStoreStreams(options: StoreStreamsOptions): StoreStreams {
  const { service, clients, now, requestLog, tracing, maxAgeMs } = options;
  const storeBatch = (
    groups: readonly MembershipGroup[],
    caller: Caller | undefined,
    _parent: string | undefined,
  ) => service.storeBatch(groups, caller);
  const storeTraced = tracing.traced(
    (_groups, caller, parent) => spanOf('StoreStream', tracing, caller, parent),
    storeBatch,
  );
  const lives = new Set<StreamLife>();
  let isDraining = false;

  async function store(request: StoreStreamRequest, caller: Caller | undefined) {
    const { batch = EMPTY_BATCH } = request;
    const traceId = traceIdOf(batch.traceparent);
    try {
      // Each message counts as a request, even an empty one.
      if (caller !== undefined) {
        clients.quota?.admit(caller);
        clients.quota?.prepay(caller, sizeOf(request));
      }
      const { groups, toResponse } = parseBatch(batch, now());
      // An empty batch only asks whether ES can store, so it gets no span.
      const storeThese = groups.length === 0 ? storeBatch : storeTraced;
      const window = await storeThese(groups, caller, traceId && batch.traceparent);
      return { $case: 'stored' as const, value: toResponse(window) };
    } catch (error) {
      const { code, details } = toStatus(error, requestLog, { what: 'StoreStream', traceId });
      return { $case: 'refused' as const, value: { code, message: details } };
    }
  }

  /** Ends a stream at its maximum age, or when its credential expires if that is sooner. */
  function limitAge({ metadata }: Call, life: StreamLife): NodeJS.Timeout {
    const ageMs = maxAgeMs * (0.75 + Math.random() / 5);
    const validMs = (callerOf(metadata)?.identity?.expiresAt ?? Number.POSITIVE_INFINITY) - now();
    return validMs < ageMs
      ? setTimeout(() => life.end(credentialExpired()), Math.ceil(validMs))
      : setTimeout(() => life.end(), ageMs);
  }

  async function answer(call: Call, life: StreamLife, request: StoreStreamRequest) {
    life.read();
    const result = await store(request, callerOf(call.metadata));
    // The client has gone, or a request that could not be decoded has ended the stream.
    if (call.cancelled || call.writableEnded) life.gone();
    else life.answered(call.write({ sequence: request.sequence, result }));
  }

  return {
    handle(call) {
      const life = createStreamLife(BATCHES_OF_SENDER, {
        pause: () => call.pause(),
        resume: () => call.resume(),
        finish(why) {
          if (why === undefined) call.end();
          else call.emit('error', toStatus(why, requestLog, { what: 'StoreStream' }));
        },
      });
      const timer = limitAge(call, life);
      const gone = () => {
        clearTimeout(timer);
        lives.delete(life);
        life.gone();
      };
      call.on('data', (request: StoreStreamRequest) => void answer(call, life, request));
      call.on('drain', life.drained);
      call.on('end', () => life.end());
      for (const event of ['close', 'cancelled', 'error']) call.on(event, gone);
      lives.add(life);
      if (isDraining) life.end();
    },

    drain() {
      isDraining = true;
      for (const life of lives) life.end();
    },
  };
}

function credentialExpired(): Failure {
  return new Failure('unauthenticated', 'the credential of the stream has expired');
}
