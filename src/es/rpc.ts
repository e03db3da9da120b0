import type { handleUnaryCall, StatusObject } from '@grpc/grpc-js';
import {
  type EstimationServiceServer,
  EstimationServiceService,
  type Membership as MembershipMessage,
} from '../generated/segment.js';
import { Failure, toFailure } from '../shared/failure.js';
import type { Logger } from '../shared/logger.js';
import {
  checkNotAhead,
  MAX_BATCH,
  type Membership,
  outOfWindow,
  parseName,
} from '../shared/membership.js';
import type { SegmentService } from '../shared/segment-service.js';

export interface RpcOptions {
  service: SegmentService;
  /** The clock, in milliseconds. */
  now: () => number;
  logger: Logger;
}

/** The methods of EstimationService. */
export function createRpc({ service, now, logger }: RpcOptions): EstimationServiceServer {
  return {
    store: unary(logger, async (request) => {
      const outcome = await service.store([parseMessage(request, now())]);
      if (outcome.outOfWindow.length > 0) {
        throw new Failure('invalid', outOfWindow(outcome.windowDays));
      }
      return {};
    }),
    storeBatch: unary(logger, async ({ memberships }) => {
      const { outOfWindow, windowDays } = await service.store(parseBatch(memberships, now()));
      return { outOfWindow: [...outOfWindow], windowDays };
    }),
    count: unary(logger, async ({ segment, days }) => ({
      segment: parseName('segment', segment),
      userCount: await service.count(segment, days),
    })),
  };
}

/** Checks one membership as it arrives over gRPC. */
function parseMessage({ segment, userId, occurredAt }: MembershipMessage, now: number): Membership {
  return {
    segment: parseName('segment', segment),
    userId: parseName('user_id', userId),
    occurredAt:
      occurredAt === undefined
        ? now
        : checkNotAhead(occurredAt.seconds * 1_000 + Math.floor(occurredAt.nanos / 1e6), now),
  };
}

function parseBatch(messages: readonly MembershipMessage[], now: number): Membership[] {
  if (messages.length > MAX_BATCH) {
    throw new Failure(
      'invalid',
      `memberships must be at most ${MAX_BATCH}, not ${messages.length}`,
    );
  }
  return messages.map((message, position) => {
    try {
      return parseMessage(message, now);
    } catch (error) {
      const failure = toFailure(error);
      throw new Failure(failure.kind, `memberships[${position}].${failure.message}`);
    }
  });
}

/** Stands for a request that is not the message it should be. */
const UNDECODABLE = Symbol('undecodable');

/** The service with undecodable requests passed on to `unary`: grpc-js itself calls them INTERNAL. */
export function rpcDefinition(): typeof EstimationServiceService {
  const methods = Object.entries(EstimationServiceService).map(([name, method]) => [
    name,
    {
      ...method,
      requestDeserialize: (bytes: Buffer) => {
        try {
          return method.requestDeserialize(bytes);
        } catch {
          return UNDECODABLE;
        }
      },
    },
  ]);
  return Object.fromEntries(methods);
}

function unary<Request, Response>(
  logger: Logger,
  handle: (request: Request) => Promise<Response>,
): handleUnaryCall<Request, Response> {
  return async ({ request }, callback) => {
    try {
      if ((request as unknown) === UNDECODABLE) {
        throw new Failure('invalid', 'the request is not a valid message of this method');
      }
      callback(null, await handle(request));
    } catch (error) {
      callback(toStatus(error, logger));
    }
  };
}

function toStatus(error: unknown, logger: Logger): Partial<StatusObject> {
  const failure = toFailure(error);
  if (failure.kind === 'internal') logger.error({ err: failure.cause ?? failure }, 'call failed');
  return { code: failure.status.grpc, details: failure.message };
}
