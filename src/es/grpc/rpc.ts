import type { handleUnaryCall, Metadata } from '@grpc/grpc-js';
import type { Caller } from '../../auth/caller.js';
import type { Guard } from '../../auth/guard.js';
import { parseSegment, parseSegments } from '../../domain/membership.js';
import { checkStored } from '../../domain/window.js';
import type { EstimationServiceServer } from '../../generated/segment.js';
import type { Clients, Quota } from '../../limits/clients.js';
import type { SegmentService } from '../../segment-service/segment-service.js';
import type { RequestLog } from '../../telemetry/request-log.js';
import type { Tracing } from '../../telemetry/tracing/tracing.js';
import type { Queries } from '../queries/queries.js';
import { callerOf } from './callers.js';
import { sizeOf } from './message-sizes.js';
import { parseBatch, parseMessage } from './messages.js';
import { parseListMessage, toPageMessage, toTimestamp, withTimestamp } from './query-messages.js';
import { requestContextOf, spanOf, traceparentOf } from './request-context.js';
import { toRefusal, toStatus } from './status.js';

export interface RpcOptions {
  service: SegmentService;
  queries: Queries;
  guard: Guard;
  clients: Clients;
  /** The clock, in milliseconds. */
  now: () => number;
  /** The names of what ES needs and cannot reach now, for people to read. */
  missing: () => string[];
  requestLog: RequestLog;
  tracing: Tracing;
}

/** The methods of EstimationService. */
export function createRpc(
  { service, queries, clients, now, missing, requestLog, tracing }: RpcOptions,
  storeStream: EstimationServiceServer['storeStream'],
): EstimationServiceServer {
  const unary = createUnary(clients.quota, requestLog, tracing);
  return {
    store: unary('Store', async (request, caller) => {
      const membership = parseMessage(request, now());
      checkStored(membership, await service.store(membership, caller));
      return {};
    }),
    storeBatch: unary('StoreBatch', async (request, caller) => {
      const { groups, toResponse } = parseBatch(request, now());
      const response = toResponse(await service.storeBatch(groups, caller));
      if (groups.length > 0) return response;
      return { ...response, state: { notReady: missing().join(', '), time: toTimestamp(now()) } };
    }),
    storeStream,
    count: unary('Count', async ({ segment, days }, caller) => ({
      segment: parseSegment('segment', segment),
      userCount: await service.count(segment, days, caller),
      failure: undefined,
    })),
    countBatch: unary('CountBatch', async ({ segments, days, takesFailures }, caller) => {
      // USS sends an empty list to ask whether it may count.
      const names = segments.length === 0 ? [] : parseSegments(segments);
      const counts = await service.countBatch(names, days, caller);
      const toMessage = (segment: string) => {
        const count = counts.get(segment) ?? 0;
        if (typeof count === 'number') return { segment, userCount: count, failure: undefined };
        if (!takesFailures) throw count;
        return { segment, userCount: undefined, failure: toRefusal(count) };
      };
      return { counts: segments.map(toMessage) };
    }),
    listSegments: unary('ListSegments', async (request, caller) =>
      toPageMessage(await queries.list(caller, parseListMessage(request))),
    ),
    estimate: unary('Estimate', async ({ segment, days }, caller) =>
      withTimestamp(await queries.estimate(caller, segment, days)),
    ),
    history: unary('History', ({ segment, days }, caller) =>
      queries.history(caller, segment, days),
    ),
    overlap: unary('Overlap', async ({ segments, days }, caller) =>
      withTimestamp(await queries.overlap(caller, segments, days)),
    ),
    estimateExpression: unary('EstimateExpression', async ({ days, ...expression }, caller) => {
      const { empty = [], ...answer } = await queries.expression(caller, expression, days);
      return { ...withTimestamp(answer), empty };
    }),
    deleteSegment: unary('DeleteSegment', async ({ segment }) => {
      await queries.remove(segment);
      return {};
    }),
  };
}

/**
 * @returns a function that makes the handler of a unary method. The handler charges for the message, runs in a span, and
 * answers a failure with its status
 */
function createUnary(quota: Quota | undefined, requestLog: RequestLog, tracing: Tracing) {
  return <Request, Response>(
    method: string,
    handle: (request: Request, caller: Caller | undefined) => Promise<Response>,
  ): handleUnaryCall<Request, Response> => {
    const handleTraced = tracing.traced(
      (_request, _caller, metadata) => spanOf(method, tracing, metadata, traceparentOf(metadata)),
      (request: Request, caller: Caller | undefined, _metadata: Metadata) =>
        handle(request, caller),
    );
    return async ({ request, metadata }, callback) => {
      const caller = callerOf(metadata);
      try {
        if (caller !== undefined) quota?.prepay(caller, sizeOf(request));
        callback(null, await handleTraced(request, caller, metadata));
      } catch (error) {
        callback(toStatus(error, requestLog, requestContextOf(method, metadata)));
      }
    };
  };
}
