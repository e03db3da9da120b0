import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { ANYONE, type Guard } from '../auth/guard.js';
import type { Need } from '../auth/scope.js';
import { Failure, toFailure } from '../failure.js';
import type { Logger } from '../logger.js';
import type { HttpMetrics } from '../metrics/http.js';
import { type Answer, problem, send } from './answer.js';
import type { ClientAddress } from './client-address.js';
import type { RateLimit } from './rate-limit.js';

/** A request as handlers see it, whatever read it. */
export interface HttpRequest {
  method: string;
  /** By lower-case name. */
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Path parameters, percent-decoded. */
  params: Record<string, string>;
  query: URLSearchParams;
  /** As it comes, or whole where it has come already. */
  body: Readable | Buffer;
  /** The address the connection is from; undefined once it is closed. */
  peerAddress(): string | undefined;
  /** Whether the client has gone away. */
  isGone(): boolean;
}

export type Handler = (request: HttpRequest) => Answer | Promise<Answer>;

/** One path and what it answers to each method; any other method gets 405. */
export interface Route {
  /** As Express writes it: `/segment/:segment`. */
  path: string;
  /** What it asks of its client, whatever the method but for those below. */
  needs: Need;
  /** What a method asks for where that is something else. */
  needsOf?: { GET?: Need; DELETE?: Need };
  get?: Handler;
  post?: Handler;
  delete?: Handler;
  /** Answers every method. */
  any?: Handler;
}

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
  guard: Guard;
  /** What clients may ask for; all unless given. */
  limit: RateLimit | undefined;
  clientAddress: ClientAddress;
  logger: Logger;
  metrics: HttpMetrics;
}

export function createResponder(options: ResponderOptions): Responder {
  const { guard, limit, clientAddress, logger, metrics } = options;
  const answer = async (route: Route, request: HttpRequest): Promise<Answer | undefined> => {
    const start = performance.now();
    let result: Answer;
    try {
      // Before anything else of the request is looked at, its body above all.
      const guarded = guard(
        needsOf(route, request.method),
        request.headers.authorization as string | undefined,
      );
      const identity = guarded instanceof Promise ? await guarded : guarded;
      if (limit === undefined || !isLimited(route)) result = await handle(route, request);
      else {
        const told = limit.take(identity === ANYONE ? clientAddress(request) : identity.name);
        result = withHeaders(await handle(route, request), told);
      }
    } catch (error) {
      if (request.isGone()) {
        logger.debug('the client went away before it was answered');
        return undefined;
      }
      const failure = toFailure(error);
      if (failure.kind === 'internal') {
        const requestId = requestIdOf(request);
        logger.error({ err: failure.cause ?? failure, requestId }, 'request failed');
      }
      result = problem(failure);
    }
    const requestId = requestIdOf(request);
    if (requestId !== undefined) result = withHeaders(result, ['x-request-id', requestId]);
    metrics.observe(route.path, request.method, result.status, performance.now() - start);
    return result;
  };

  return {
    answer,
    respond(route, request, response, params) {
      void answer(route, toHttpRequest(request, params)).then((result) => {
        if (result !== undefined) send(request, response, result);
      });
    },
  };
}

function toHttpRequest(request: IncomingMessage, params: Record<string, string>): HttpRequest {
  return {
    method: request.method ?? '',
    headers: request.headers,
    params,
    query: queryOf(request.url ?? ''),
    body: request,
    peerAddress: () => request.socket.remoteAddress,
    isGone: () => request.socket.destroyed,
  };
}

const REQUEST_ID = /^[\w.:/+=-]{1,128}$/;

/** What a client calls a request, for its log and ours; what could be anything else in a log is passed over. */
function requestIdOf({ headers }: HttpRequest): string | undefined {
  const id = headers['x-request-id'];
  return typeof id === 'string' && REQUEST_ID.test(id) ? id : undefined;
}

/** Health, metrics and documentation are no work that one client could take from another. */
function isLimited({ needs }: Route): boolean {
  return needs.startsWith('segments:');
}

/** What a request by some method asks of its client. */
export function needsOf({ needs, needsOf: more }: Route, method: string): Need {
  if (more === undefined) return needs;
  if (method === 'GET' || method === 'HEAD') return more.GET ?? needs;
  return (method === 'DELETE' ? more.DELETE : undefined) ?? needs;
}

function withHeaders(answer: Answer, headers: readonly string[]): Answer {
  return { ...answer, headers: [...answer.headers, ...headers] };
}

function handle(route: Route, request: HttpRequest): Answer | Promise<Answer> {
  const handler = handlerOf(route, request.method);
  if (handler !== undefined) return handler(request);
  const allow = allowedMethods(route);
  if (request.method === 'OPTIONS') return { status: 204, headers: ['allow', allow], body: '' };
  throw new Failure('wrong-method', `${request.method} is not allowed here; use ${allow}`, {
    headers: { allow },
  });
}

function handlerOf(route: Route, method: string): Handler | undefined {
  if (route.any) return route.any;
  if (method === 'GET' || method === 'HEAD') return route.get;
  if (method === 'DELETE') return route.delete;
  return method === 'POST' ? route.post : undefined;
}

function allowedMethods(route: Route): string {
  const { get, post, delete: remove } = route;
  const methods = [get && 'GET, HEAD', post && 'POST', remove && 'DELETE', 'OPTIONS'];
  return methods.filter(Boolean).join(', ');
}

/** No query; never written to. */
export const NO_QUERY = new URLSearchParams();

function queryOf(url: string): URLSearchParams {
  const start = url.indexOf('?');
  return start < 0 ? NO_QUERY : new URLSearchParams(url.slice(start + 1));
}
