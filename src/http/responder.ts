import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Guard } from '../auth/guard.js';
import { ANYONE } from '../auth/guard.js';
import type { Identity } from '../auth/identity.js';
import { toFailure } from '../domain/failure.js';
import type { Quota } from '../limits/clients.js';
import type { HttpMetrics } from '../telemetry/metrics/http.js';
import type { RequestContext, RequestLog } from '../telemetry/request-log.js';
import { type Attributes, placeOf, type Tracing, traceIdOf } from '../telemetry/tracing/tracing.js';
import { type Answer, problem, send } from './answer.js';
import type { HostCheck } from './hosts.js';
import {
  type HttpRequest,
  handle,
  isLimited,
  needsOf,
  type Route,
  toHttpRequest,
} from './route.js';

/** Everything that guards a route, whatever reads its requests and writes its answers. */
export interface Responder {
  /**
   * The answer to a request, a problem document if it fails.
   *
   * @returns undefined when nobody is there to read it
   */
  answer(route: Route, request: HttpRequest): Promise<Answer | undefined>;
  /** Answers a request of node:http. */
  respond(
    route: Route,
    request: IncomingMessage,
    response: ServerResponse,
    params: Record<string, string>,
  ): void;
}

export interface ResponderOptions {
  checkHost: HostCheck;
  guard: Guard;
  /** What clients may ask for; anything unless given. */
  quota: Quota | undefined;
  log: RequestLog;
  metrics: HttpMetrics;
  tracing: Tracing;
}

export function createResponder(options: ResponderOptions): Responder {
  const { checkHost, guard, quota, log, metrics, tracing } = options;
  const enter = (route: Route, request: HttpRequest) => {
    checkHost(route, request);
    const { authorization } = request.headers;
    return guard(needsOf(route, request.method), authorization as string | undefined, request);
  };
  const answer = async (
    route: Route,
    request: HttpRequest,
    entered?: Promise<Identity>,
  ): Promise<Answer | undefined> => {
    const start = performance.now();
    let result: Answer;
    try {
      // Before anything else of the request is looked at, its body above all.
      const guarded = entered ?? enter(route, request);
      request.identity = guarded instanceof Promise ? await guarded : guarded;
      if (quota !== undefined && isLimited(route)) quota.admit(request);
      result = await handle(route, request);
    } catch (error) {
      // Nobody is left to answer.
      if (request.isGone()) return undefined;
      const failure = toFailure(error);
      log.failed(failure, contextOf(route, request, tracing));
      result = problem(failure);
    }
    if (quota !== undefined && request.identity !== undefined && isLimited(route)) {
      result = withHeaders(result, quota.rateHeaders(request));
    }
    const requestId = requestIdOf(request);
    if (requestId !== undefined) result = withHeaders(result, ['x-request-id', requestId]);
    const durationMs = performance.now() - start;
    metrics.observe(route.path, request.method, result.status, durationMs);
    if (log.isSampled())
      log.answered(result.status, durationMs, contextOf(route, request, tracing));
    return result;
  };

  const answerTraced = tracing.traced(
    (route, request) => ({
      name: `${request.method} ${route.path}`,
      kind: 'server',
      ...placeOf(tracing, traceparentOf(request), (request.identity ?? ANYONE) !== ANYONE),
      attributes: { 'http.request.method': request.method, 'http.route': route.path },
    }),
    answer,
    (result): Attributes =>
      result === undefined ? {} : { 'http.response.status_code': result.status },
  );
  /** Asks first who the client is: only then it is known which trace the span belongs to. */
  const enterAndTrace = async (route: Route, request: HttpRequest) => {
    const entered = (async () => enter(route, request))();
    request.identity = await entered.catch(() => undefined);
    return answerTraced(route, request, entered);
  };
  const answerOrTrace = (route: Route, request: HttpRequest) =>
    tracing.isOn && isLimited(route) ? enterAndTrace(route, request) : answer(route, request);

  return {
    answer: answerOrTrace,
    respond(route, request, response, params) {
      void answerOrTrace(route, toHttpRequest(request, params)).then((result) => {
        if (result !== undefined) send(request, response, result);
      });
    },
  };
}

const REQUEST_ID = /^[\w.:/+=-]{1,128}$/;

/** What a client calls a request, for its log and ours; what could be anything else in a log is passed over. */
function requestIdOf({ headers }: HttpRequest): string | undefined {
  const id = headers['x-request-id'];
  return typeof id === 'string' && REQUEST_ID.test(id) ? id : undefined;
}

/** `traceparent` of a request (W3C Trace Context); undefined unless it is well formed. */
function traceparentOf({ headers }: HttpRequest): string | undefined {
  const { traceparent } = headers;
  return traceIdOf(traceparent) === undefined ? undefined : (traceparent as string);
}

function contextOf({ path }: Route, request: HttpRequest, tracing: Tracing): RequestContext {
  return {
    what: `${request.method} ${path}`,
    requestId: requestIdOf(request),
    traceId: traceIdOf(tracing.active() ?? traceparentOf(request)),
  };
}

function withHeaders(answer: Answer, headers: readonly string[]): Answer {
  return { ...answer, headers: [...answer.headers, ...headers] };
}
