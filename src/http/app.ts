import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import express, { type Request, type Response } from 'express';
import helmet from 'helmet';
import { Failure } from '../domain/failure.js';
import type { HotRoutes } from './connection/hot-routes.js';
import { SWAGGER_POLICY } from './content-security.js';
import type { Responder } from './responder.js';
import { failingEndpoint, type Router } from './router.js';

export interface AppOptions {
  router: Router;
  hotRoutes: HotRoutes;
  responder: Responder;
}

/**
 * Serves the REST side of a service from node:http: its routes, and a problem document for everything else. Express finds
 * all routes except the hot ones; for these it would take several times as long as everything else together.
 */
export function createApp({ router, hotRoutes, responder }: AppOptions): RequestListener {
  const app = express();
  app.disable('x-powered-by');
  app.enable('case sensitive routing');
  app.enable('strict routing');
  app.use(
    '/swagger',
    helmet({
      contentSecurityPolicy: { useDefaults: false, directives: SWAGGER_POLICY },
      strictTransportSecurity: false,
    }),
  );
  for (const [path, endpointOf] of router) {
    app.all(path, (request, response) => {
      const params = request.params as Record<string, string>;
      responder.respond(endpointOf(request.method), request, response, params);
    });
  }
  // Passed with each request, because Express calls no handler of the app if it cannot decode the path.
  const last = (request: IncomingMessage, response: ServerResponse) => (error?: unknown) => {
    const failing = failingEndpoint(UNROUTED, () => toPathFailure(error ?? notFound()));
    responder.respond(failing, request, response, {});
  };
  return (request, response) => {
    const hot = hotRoutes(request.method ?? '', request.url ?? '');
    if (hot !== undefined) {
      responder.respond(hot.endpoint, request, response, hot.params);
      return;
    }
    request.url = request.url?.replace(AUTHORITY, '') || '/';
    app(request as Request, response as Response, last(request, response));
  };
}

/**
 * The part of an absolute URL before its path (RFC 9112, section 3.2.2). Express fails for some of these, and does not need
 * this part.
 */
const AUTHORITY = /^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i;

/** The name in metrics of every path that is not a route. */
const UNROUTED = 'none';

function notFound(): Failure {
  return new Failure(
    'not-found',
    'there is nothing at this path; see /openapi.json; in a name / is written %2F',
  );
}

function toPathFailure(error: unknown): unknown {
  if (!(error instanceof URIError)) return error;
  return new Failure('invalid', 'the path is not valid percent-encoded UTF-8', { cause: error });
}
