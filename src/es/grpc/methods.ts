import type { handleUnaryCall } from '@grpc/grpc-js';
import type { Caller } from '../../auth/caller.js';
import { parseSegment, parseSegments } from '../../domain/membership.js';
import { checkStored } from '../../domain/window.js';
import type { EstimationServiceServer, EstimationServiceService } from '../../generated/segment.js';
import type { Clients } from '../../limits/clients.js';
import type { SegmentService } from '../../segment-service/segment-service.js';
import type { Tracing } from '../../telemetry/tracing/tracing.js';
import type { Queries } from '../queries/queries.js';
import { sizeOf } from './message-sizes.js';
import { parseBatch, parseMessage } from './messages.js';
import {
  parseListMessage,
  toPageMessage,
  toTimestamp,
  withLists,
  withTimestamp,
} from './query-messages.js';
import { spanOf } from './request-context.js';
import { toRefusal } from './status.js';

/** Where the request of a unary call came from. */
interface Origin {
  caller: Caller | undefined;
  /** The `traceparent` that came with it; undefined if it is missing or malformed. */
  traceparent: string | undefined;
}

/** Answers the request of a unary call that was admitted. It throws or rejects with what becomes the status of the call. */
export type Answer<Request, Response> = (request: Request, origin: Origin) => Promise<Response>;

type AnswerOf<Handler> =
  Handler extends handleUnaryCall<infer Request, infer Response>
    ? Answer<Request, Response>
    : never;

/** The unary methods of EstimationService, whichever way a call came in. */
export type Methods = {
  [Name in Exclude<keyof typeof EstimationServiceService, 'storeStream'>]: AnswerOf<
    EstimationServiceServer[Name]
  >;
};

export interface MethodsOptions {
  service: SegmentService;
  queries: Queries;
  clients: Pick<Clients, 'quota'>;
  /** The clock, in milliseconds. */
  now: () => number;
  /** The names of what ES needs and cannot reach now, for people to read. */
  missing: () => string[];
  tracing: Tracing;
}

/** One object, so that its message is made once (plain-methods.ts). */
const STORED = Object.freeze({});

export function createMethods(options: MethodsOptions): Methods {
  const { service, queries, now, missing } = options;
  const unary = createUnary(options);
  return {
    store: unary('Store', async (request, caller) => {
      const membership = parseMessage(request, now());
      checkStored(membership, await service.store(membership, caller));
      return STORED;
    }),
    storeBatch: unary('StoreBatch', async (request, caller) => {
      const { groups, toResponse } = parseBatch(request, now());
      const response = toResponse(await service.storeBatch(groups, caller));
      if (groups.length > 0) return response;
      return { ...response, state: { notReady: missing().join(', '), time: toTimestamp(now()) } };
    }),
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
      withLists(withTimestamp(await queries.overlap(caller, segments, days))),
    ),
    estimateExpression: unary('EstimateExpression', async ({ days, ...expression }, caller) =>
      withLists(withTimestamp(await queries.expression(caller, expression, days))),
    ),
    similar: unary('Similar', async ({ segment, limit }, caller) =>
      withTimestamp(await queries.similar(caller, segment, limit)),
    ),
    deleteSegment: unary('DeleteSegment', async ({ segment }) => {
      await queries.remove(segment);
      return {};
    }),
  };
}

/** @returns a function that makes the answer of a unary method. The answer charges for the message and runs in a span */
function createUnary({ clients: { quota }, tracing }: MethodsOptions) {
  return <Request, Response>(
    name: string,
    handle: (request: Request, caller: Caller | undefined) => Promise<Response>,
  ): Answer<Request, Response> => {
    const handleTraced = tracing.traced(
      (_request, caller, traceparent) => spanOf(name, tracing, caller, traceparent),
      (request: Request, caller: Caller | undefined, _traceparent: string | undefined) =>
        handle(request, caller),
    );
    return (request, { caller, traceparent }) => {
      if (caller !== undefined) quota?.prepay(caller, sizeOf(request));
      return handleTraced(request, caller, traceparent);
    };
  };
}
