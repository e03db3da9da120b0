import type { IncomingMessage, ServerResponse } from 'node:http';
import { Failure, toFailure } from '../failure.js';
import type { Logger } from '../logger.js';
import type { HttpMetrics } from '../metrics.js';
import { type Answer, problem, send } from './answer.js';

/** What a handler knows of a request besides its body. */
export interface RequestContext {
  /** Path parameters, percent-decoded. */
  params: Record<string, string>;
  query: URLSearchParams;
}

export type Handler = (
  request: IncomingMessage,
  context: RequestContext,
) => Answer | Promise<Answer>;

/** One path and what it answers to each method; any other method gets 405. */
export interface Route {
  /** As Express writes it: `/segment/:segment`. */
  path: string;
  get?: Handler;
  post?: Handler;
}

/** Answers requests: everything that guards a route, whatever listener found it. */
export interface Responder {
  /** Answers a request to a route. */
  respond(
    route: Route,
    request: IncomingMessage,
    response: ServerResponse,
    context: RequestContext,
  ): void;
  /** Answers a request that failed. */
  fail(error: unknown, path: string, request: IncomingMessage, response: ServerResponse): void;
}

export interface ResponderOptions {
  logger: Logger;
  metrics: HttpMetrics;
}

export function createResponder({ logger, metrics }: ResponderOptions): Responder {
  const respond: Responder['respond'] = (route, request, response, context) => {
    const start = performance.now();
    const finish = (answer: Answer) => {
      send(request, response, answer);
      metrics.observe(route.path, request.method, answer.status, performance.now() - start);
    };
    const refuse = (error: unknown) => {
      fail(error, route.path, request, response, start);
    };
    try {
      const answer = handle(route, request, context);
      if (answer instanceof Promise) answer.then(finish).catch(refuse);
      else finish(answer);
    } catch (error) {
      refuse(error);
    }
  };

  const fail = (
    error: unknown,
    path: string,
    request: IncomingMessage,
    response: ServerResponse,
    start = performance.now(),
  ) => {
    if (request.socket.destroyed) {
      logger.debug('the client went away before it was answered');
      return;
    }
    const failure = toFailure(error);
    if (failure.kind === 'internal') {
      logger.error({ err: failure.cause ?? failure }, 'request failed');
    }
    if (response.headersSent) {
      request.destroy();
      return;
    }
    const answer = problem(failure);
    send(request, response, answer);
    metrics.observe(path, request.method, answer.status, performance.now() - start);
  };

  return { respond, fail };
}

function handle(
  route: Route,
  request: IncomingMessage,
  context: RequestContext,
): Answer | Promise<Answer> {
  const handler = handlerOf(route, request.method);
  if (handler !== undefined) return handler(request, context);
  const allow = allowedMethods(route);
  if (request.method === 'OPTIONS') return { status: 204, headers: ['allow', allow], body: '' };
  throw new Failure('wrong-method', `${request.method} is not allowed here; use ${allow}`, {
    headers: { allow },
  });
}

function handlerOf(route: Route, method: string | undefined): Handler | undefined {
  if (method === 'GET' || method === 'HEAD') return route.get;
  return method === 'POST' ? route.post : undefined;
}

function allowedMethods(route: Route): string {
  const methods = [route.get && 'GET, HEAD', route.post && 'POST', 'OPTIONS'];
  return methods.filter(Boolean).join(', ');
}

const NO_QUERY = new URLSearchParams();

/** The query of a request's URL. */
export function queryOf(url: string): URLSearchParams {
  const start = url.indexOf('?');
  return start < 0 ? NO_QUERY : new URLSearchParams(url.slice(start + 1));
}
