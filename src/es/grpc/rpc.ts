import type { handleUnaryCall } from '@grpc/grpc-js';
import type { EstimationServiceServer, EstimationServiceService } from '../../generated/segment.js';
import type { Guard } from '../../shared/auth/guard.js';
import type { Scope } from '../../shared/auth/scope.js';
import { checkStored, parseName, parseSegments } from '../../shared/membership.js';
import type { RequestLog } from '../../shared/request-log.js';
import type { SegmentService } from '../../shared/segment-service.js';
import type { Tracing } from '../../shared/tracing/tracing.js';
import type { Queries } from '../queries/queries.js';
import { parseBatch, parseMessage } from './messages.js';
import { parseListMessage, toPageMessage, withTimestamp } from './query-messages.js';
import { requestContextOf, spanOf, traceparentOf } from './request-context.js';
import { toStatus } from './status.js';
import type { StoreStreams } from './store-streams.js';

export interface RpcOptions {
  service: SegmentService;
  queries: Queries;
  guard: Guard;
  /** The clock, in milliseconds. */
  now: () => number;
  log: RequestLog;
  tracing: Tracing | undefined;
}

/** The scope that each method asks for. */
export const RPC_SCOPES: Record<keyof typeof EstimationServiceService, Scope> = {
  store: 'segments:write',
  storeBatch: 'segments:write',
  storeStream: 'segments:write',
  count: 'segments:read',
  countBatch: 'segments:read',
  listSegments: 'segments:read',
  estimate: 'segments:read',
  history: 'segments:read',
  overlap: 'segments:read',
  estimateExpression: 'segments:read',
  deleteSegment: 'segments:admin',
};

/** The methods of EstimationService. */
export function createRpc(
  { service, queries, now, log, tracing }: RpcOptions,
  streams: StoreStreams,
): EstimationServiceServer {
  const unary = createUnary(log, tracing);
  return {
    store: unary('Store', async (request) => {
      const membership = parseMessage(request, now());
      checkStored(membership, await service.store(membership));
      return {};
    }),
    storeBatch: unary('StoreBatch', async (request) => {
      const { groups, toResponse } = parseBatch(request, now());
      return toResponse(await service.storeBatch(groups));
    }),
    storeStream: (call) => streams.handle(call),
    count: unary('Count', async ({ segment, days }) => ({
      segment: parseName('segment', segment),
      userCount: await service.count(segment, days),
    })),
    countBatch: unary('CountBatch', async ({ segments, days }) => {
      const counts = await service.countBatch(parseSegments(segments), days);
      return {
        counts: segments.map((segment) => ({ segment, userCount: counts.get(segment) ?? 0 })),
      };
    }),
    listSegments: unary('ListSegments', async (request) =>
      toPageMessage(await queries.list(parseListMessage(request))),
    ),
    estimate: unary('Estimate', async ({ segment, days }) =>
      withTimestamp(await queries.estimate(segment, days)),
    ),
    history: unary('History', ({ segment, days }) => queries.history(segment, days)),
    overlap: unary('Overlap', async ({ segments, days }) =>
      withTimestamp(await queries.overlap(segments, days)),
    ),
    estimateExpression: unary('EstimateExpression', async ({ days, ...expression }) =>
      withTimestamp(await queries.expression(expression, days)),
    ),
    deleteSegment: unary('DeleteSegment', async ({ segment }) => {
      await queries.remove(segment);
      return {};
    }),
  };
}

type Unary = <Request, Response>(
  method: string,
  handle: (request: Request) => Promise<Response>,
) => handleUnaryCall<Request, Response>;

function createUnary(log: RequestLog, tracing: Tracing | undefined): Unary {
  return (method, handle) =>
    async ({ request, metadata }, callback) => {
      try {
        const answer =
          tracing === undefined
            ? handle(request)
            : tracing.run(method, spanOf(tracing, metadata, traceparentOf(metadata)), () =>
                handle(request),
              );
        callback(null, await answer);
      } catch (error) {
        callback(toStatus(error, log, requestContextOf(method, metadata)));
      }
    };
}
