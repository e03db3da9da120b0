import type { Metadata, ServerDuplexStream } from '@grpc/grpc-js';
import type { Caller } from '../../auth/caller.js';
import { Failure } from '../../domain/failure.js';
import type { MembershipGroup } from '../../domain/membership-groups.js';
import type {
  StoreBatchRequest,
  StoreStreamRequest,
  StoreStreamResponse,
} from '../../generated/segment.js';
import type { Clients } from '../../limits/clients.js';
import type { SegmentService } from '../../segment-service/segment-service.js';
import type { RequestLog } from '../../telemetry/request-log.js';
import { type Tracing, traceIdOf } from '../../telemetry/tracing/tracing.js';
import { callerOf } from './callers.js';
import { sizeOf } from './message-sizes.js';
import { parseBatch } from './messages.js';
import { spanOf } from './request-context.js';
import { toStatus } from './status.js';

type Call = ServerDuplexStream<StoreStreamRequest, StoreStreamResponse>;

export interface StoreStreams {
  /** Serves one StoreStream call until its client ends it, its credential expires or the streams are drained. */
  handle(call: Call): void;
  /** Ends every stream as soon as the batches it has taken are answered. */
  drain(): void;
}

const NOTHING: StoreBatchRequest = { memberships: [], packed: undefined };

/** Batches of one stream that are worked on at once; the next is read when one is answered. */
const IN_FLIGHT = 8;

export interface StoreStreamsOptions {
  service: Pick<SegmentService, 'storeBatch'>;
  clients: Pick<Clients, 'quota'>;
  /** The clock, in milliseconds. */
  now: () => number;
  requestLog: RequestLog;
  tracing: Tracing;
  /** How long a stream may go on; a little less at random, so that not all end together. */
  maxAgeMs: number;
}

/** The StoreStream calls of a server. */
export function createStoreStreams(options: StoreStreamsOptions): StoreStreams {
  const { service, clients, now, requestLog, tracing, maxAgeMs } = options;
  const storeBatch = (
    groups: readonly MembershipGroup[],
    caller: Caller | undefined,
    _metadata: Metadata,
    _parent: string | undefined,
  ) => service.storeBatch(groups, caller);
  const storeTraced = tracing.traced(
    (_groups, _caller, metadata, parent) => spanOf('StoreStream', tracing, metadata, parent),
    storeBatch,
  );
  const drains = new Set<() => void>();
  let draining = false;

  async function store(request: StoreStreamRequest, metadata: Metadata) {
    const { batch = NOTHING } = request;
    const traceId = traceIdOf(batch.traceparent);
    const caller = callerOf(metadata);
    try {
      // Each message is a request, whatever is in it.
      if (caller !== undefined) {
        clients.quota?.admit(caller);
        clients.quota?.prepay(caller, sizeOf(request));
      }
      const { groups, toResponse } = parseBatch(batch, now());
      // A batch of nothing is a question, and no work.
      const storeThese = groups.length === 0 ? storeBatch : storeTraced;
      const window = await storeThese(groups, caller, metadata, traceId && batch.traceparent);
      return { $case: 'stored' as const, value: toResponse(window) };
    } catch (error) {
      const { code, details } = toStatus(error, requestLog, { what: 'StoreStream', traceId });
      return { $case: 'refused' as const, value: { code, message: details } };
    }
  }

  /** Ends a stream at its age, or when its credential expires if that is sooner. */
  function limitLife(call: Call, end: (expired: boolean) => void): NodeJS.Timeout {
    const ageMs = maxAgeMs * (0.75 + Math.random() / 5);
    const validMs =
      (callerOf(call.metadata)?.identity?.expiresAt ?? Number.POSITIVE_INFINITY) - now();
    return setTimeout(() => end(validMs < ageMs), Math.min(ageMs, validMs));
  }

  return {
    handle(call) {
      let inFlight = 0;
      let ended = false;
      let expired = false;
      let clientIsSlow = false;
      const endWhenDone = () => {
        if (!ended || inFlight > 0) return;
        if (expired)
          call.emit('error', toStatus(credentialExpired(), requestLog, { what: 'StoreStream' }));
        else call.end();
      };
      const drain = () => {
        ended = true;
        call.pause();
        endWhenDone();
      };
      const take = async (request: StoreStreamRequest) => {
        inFlight += 1;
        if (inFlight >= IN_FLIGHT) call.pause();
        const result = await store(request, call.metadata);
        inFlight -= 1;
        // Gone, or ended by a request that could not be decoded.
        if (call.cancelled || call.writableEnded) return;
        if (!call.write({ sequence: request.sequence, result })) waitForClient();
        if (ended) endWhenDone();
        else if (!clientIsSlow) call.resume();
      };
      // Who does not read answers is not to fill memory with them.
      const waitForClient = () => {
        clientIsSlow = true;
        call.pause();
        call.once('drain', () => {
          clientIsSlow = false;
          if (!ended) call.resume();
        });
      };
      call.on('data', (request: StoreStreamRequest) => void take(request));
      const life = limitLife(call, (isExpired) => {
        expired = isExpired;
        drain();
      });
      const forget = () => {
        clearTimeout(life);
        drains.delete(drain);
      };
      call.on('end', drain);
      for (const event of ['close', 'cancelled', 'error']) call.on(event, forget);
      drains.add(drain);
      if (draining) drain();
    },

    drain() {
      draining = true;
      for (const drain of drains) drain();
    },
  };
}

function credentialExpired(): Failure {
  return new Failure('unauthenticated', 'the credential of the stream has expired');
}
