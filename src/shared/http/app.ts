import type { IncomingMessage } from 'node:http';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { Failure, toFailure } from '../failure.js';
import type { Logger } from '../logger.js';
import { type Answer, problem, send } from './answer.js';
import { createDocsRoutes, mountDocsAssets, type OpenApiDocument } from './docs-routes.js';

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

export interface AppOptions {
  routes: readonly Route[];
  /** What `/openapi.json` and Swagger UI show. */
  document: OpenApiDocument;
  logger: Logger;
}

/** The Express application of a service: its routes, its documentation, and a problem for all else. */
export function createApp({ routes, document, logger }: AppOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.enable('case sensitive routing');
  app.enable('strict routing');
  for (const route of [...routes, ...createDocsRoutes(document)]) {
    app.all(route.path, (request, response) => answerRoute(route, request, response));
  }
  mountDocsAssets(app, document);
  app.use(() => {
    throw new Failure('not-found', 'there is nothing at this path; see /openapi.json');
  });
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) => {
    answerError(error, request, response, logger);
  });
  return app;
}

async function answerRoute(route: Route, request: Request, response: Response): Promise<void> {
  const allowed = allowedMethods(route);
  const handler = handlerOf(route, request.method);
  if (handler === undefined && request.method === 'OPTIONS') {
    send(request, response, { status: 204, headers: { allow: allowed } });
    return;
  }
  if (handler === undefined) {
    throw new Failure('wrong-method', `${request.method} is not allowed here; use ${allowed}`, {
      headers: { allow: allowed },
    });
  }
  const context = {
    params: request.params as Record<string, string>,
    query: new URLSearchParams(request.url.split('?', 2)[1]),
  };
  send(request, response, await handler(request, context));
}

function handlerOf(route: Route, method: string): Handler | undefined {
  if (method === 'GET' || method === 'HEAD') return route.get;
  return method === 'POST' ? route.post : undefined;
}

function allowedMethods(route: Route): string {
  const methods = [route.get && 'GET, HEAD', route.post && 'POST', 'OPTIONS'];
  return methods.filter(Boolean).join(', ');
}

function answerError(error: unknown, request: Request, response: Response, logger: Logger): void {
  if (request.socket.destroyed) {
    logger.debug('the client went away before it was answered');
    return;
  }
  const failure = error instanceof URIError ? badPath(error) : toFailure(error);
  if (failure.kind === 'internal')
    logger.error({ err: failure.cause ?? failure }, 'request failed');
  if (!response.headersSent) send(request, response, problem(failure));
  else request.destroy();
}

function badPath(error: URIError): Failure {
  return new Failure('invalid', 'the path is not valid percent-encoded UTF-8', { cause: error });
}
