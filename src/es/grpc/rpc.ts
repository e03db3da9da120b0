import type { handleUnaryCall } from '@grpc/grpc-js';
import type { EstimationServiceServer, EstimationServiceService } from '../../generated/segment.js';
import type { Guard } from '../../shared/auth/guard.js';
import type { Scope } from '../../shared/auth/scope.js';
import type { Logger } from '../../shared/logger.js';
import { checkStored, parseName, parseSegments } from '../../shared/membership.js';
import type { SegmentService } from '../../shared/segment-service.js';
import type { Queries } from '../queries/queries.js';
import { parseBatch, parseMessage } from './messages.js';
import { parseListMessage, toPageMessage, withTimestamp } from './query-messages.js';
import { toStatus } from './status.js';
import type { StoreStreams } from './store-streams.js';

export interface RpcOptions {
  service: SegmentService;
  queries: Queries;
  guard: Guard;
  /** The clock, in milliseconds. */
  now: () => number;
  logger: Logger;
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
  { service, queries, now, logger }: RpcOptions,
  streams: StoreStreams,
): EstimationServiceServer {
  return {
    store: unary(logger, async (request) => {
      const membership = parseMessage(request, now());
      checkStored(membership, await service.store(membership));
      return {};
    }),
    storeBatch: unary(logger, async (request) => {
      const { groups, toResponse } = parseBatch(request, now());
      return toResponse(await service.storeBatch(groups));
    }),
    storeStream: (call) => streams.handle(call),
    count: unary(logger, async ({ segment, days }) => ({
      segment: parseName('segment', segment),
      userCount: await service.count(segment, days),
    })),
    countBatch: unary(logger, async ({ segments, days }) => {
      const counts = await service.countBatch(parseSegments(segments), days);
      return {
        counts: segments.map((segment) => ({ segment, userCount: counts.get(segment) ?? 0 })),
      };
    }),
    listSegments: unary(logger, async (request) =>
      toPageMessage(await queries.list(parseListMessage(request))),
    ),
    estimate: unary(logger, async ({ segment, days }) =>
      withTimestamp(await queries.estimate(segment, days)),
    ),
    history: unary(logger, ({ segment, days }) => queries.history(segment, days)),
    overlap: unary(logger, async ({ segments, days }) =>
      withTimestamp(await queries.overlap(segments, days)),
    ),
    estimateExpression: unary(logger, async ({ days, ...expression }) =>
      withTimestamp(await queries.expression(expression, days)),
    ),
    deleteSegment: unary(logger, async ({ segment }) => {
      await queries.remove(segment);
      return {};
    }),
  };
}

function unary<Request, Response>(
  logger: Logger,
  handle: (request: Request) => Promise<Response>,
): handleUnaryCall<Request, Response> {
  return async ({ request }, callback) => {
    try {
      callback(null, await handle(request));
    } catch (error) {
      callback(toStatus(error, logger));
    }
  };
}
