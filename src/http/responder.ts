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
import { type HttpRequest, toHttpRequest } from './route.js';
import type { Endpoint } from './router.js';

/** Guards endpoints and answers for them, whichever listener reads the requests and writes the answers. */
export interface Responder {
  /**
   * The answer to a request, a problem document if it fails.
   *
   * @returns undefined when nobody is there to read it
   */
  answer(endpoint: Endpoint, request: HttpRequest): Promise<Answer | undefined>;
  /** Answers a request of node:http. */
  respond(
    endpoint: Endpoint,
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
  const enter = (endpoint: Endpoint, request: HttpRequest) => {
    checkHost(endpoint, request);
    const { authorization } = request.headers;
    return guard(endpoint.needs, authorization as string | undefined, request);
  };
  const answer = async (
    endpoint: Endpoint,
    request: HttpRequest,
    entered?: Promise<Identity>,
  ): Promise<Answer | undefined> => {
    const start = performance.now();
    let result: Answer;
    try {
      // Before anything else of the request is looked at, its body above all.
      const guarded = entered ?? enter(endpoint, request);
      request.identity = guarded instanceof Promise ? await guarded : guarded;
      if (quota !== undefined && endpoint.isLimited) quota.admit(request);
      result = await endpoint.answer(request);
    } catch (error) {
      // Nobody is left to answer.
      if (request.isGone()) return undefined;
      const failure = toFailure(error);
      log.failed(failure, contextOf(endpoint, request, tracing));
      result = problem(failure);
    }
    if (quota !== undefined && request.identity !== undefined && endpoint.isLimited) {
      result = withHeaders(result, quota.tell(request));
    }
    const requestId = requestIdOf(request);
    if (requestId !== undefined) result = withHeaders(result, ['x-request-id', requestId]);
    const durationMs = performance.now() - start;
    metrics.observe(endpoint.path, request.method, result.status, durationMs);
    if (log.isSampled())
      log.answered(result.status, durationMs, contextOf(endpoint, request, tracing));
    return result;
  };

  const answerTraced = tracing.traced(
    (endpoint, request) => ({
      name: `${request.method} ${endpoint.path}`,
      kind: 'server',
      ...placeOf(tracing, traceparentOf(request), (request.identity ?? ANYONE) !== ANYONE),
      attributes: { 'http.request.method': request.method, 'http.route': endpoint.path },
    }),
    answer,
    (result): Attributes =>
      result === undefined ? {} : { 'http.response.status_code': result.status },
  );
  /** Asks first who the client is: only then it is known which trace the span belongs to. */
  const enterAndTrace = async (endpoint: Endpoint, request: HttpRequest) => {
    const entered = (async () => enter(endpoint, request))();
    request.identity = await entered.catch(() => undefined);
    return answerTraced(endpoint, request, entered);
  };
  const answerOrTrace = (endpoint: Endpoint, request: HttpRequest) =>
    tracing.isOn && endpoint.isLimited
      ? enterAndTrace(endpoint, request)
      : answer(endpoint, request);

  return {
    answer: answerOrTrace,
    respond(endpoint, request, response, params) {
      void answerOrTrace(endpoint, toHttpRequest(request, params)).then((result) => {
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

function contextOf({ path }: Endpoint, request: HttpRequest, tracing: Tracing): RequestContext {
  return {
    what: `${request.method} ${path}`,
    requestId: requestIdOf(request),
    traceId: traceIdOf(tracing.active() ?? traceparentOf(request)),
  };
}

function withHeaders(answer: Answer, headers: readonly string[]): Answer {
  return { ...answer, headers: [...answer.headers, ...headers] };
}
