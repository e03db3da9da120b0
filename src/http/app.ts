import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import express, { type Request, type Response } from 'express';
import helmet from 'helmet';
import type { Access } from '../auth/access.js';
import { Failure } from '../domain/failure.js';
import { createHotListener } from './connection/hot-listener.js';
import type { Responder } from './responder.js';
import type { Route } from './route.js';
import { createDocsRoutes, type OpenApiDocument } from './routes/docs-routes.js';

export interface AppOptions {
  routes: readonly Route[];
  responder: Responder;
  /** What `/openapi.json` and Swagger UI show. */
  document: OpenApiDocument;
  access: Access;
}

/**
 * The REST side of a service: its routes, its documentation, and a problem for all else. Express serves
 * all of it, but for the two hot paths, which a lean listener in front of it takes.
 */
export function createApp({ routes, responder, document, access }: AppOptions): RequestListener {
  const app = express();
  app.disable('x-powered-by');
  app.enable('case sensitive routing');
  app.enable('strict routing');
  app.use(
    '/swagger',
    helmet({ contentSecurityPolicy: PAGE_POLICY, strictTransportSecurity: false }),
  );
  for (const route of [...routes, ...createDocsRoutes(document, access.docs)]) {
    app.all(route.path, (request, response) => {
      responder.respond(route, request, response, request.params as Record<string, string>);
    });
  }
  // Not a handler of the app, which asks none where it cannot make out a path.
  const last = (request: IncomingMessage, response: ServerResponse) => (error?: unknown) => {
    responder.respond(failing(toPathFailure(error ?? notFound())), request, response, {});
  };
  return createHotListener({
    routes,
    responder,
    otherwise: (request, response) => {
      request.url = request.url?.replace(AUTHORITY, '') || '/';
      app(request as Request, response as Response, last(request, response));
    },
  });
}

/**
 * Pages are made of files of their own, but for the styles that Swagger UI writes into its page. Answers with
 * data have a policy of their own, which hot and cold routes share.
 */
const PAGE_POLICY = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'self'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
    imgSrc: ["'self'", 'data:'],
    objectSrc: ["'none'"],
    baseUri: ["'none'"],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
  },
};

/** What an absolute URL has before its path (RFC 9112, section 3.2.2); Express fails at some, and needs none. */
const AUTHORITY = /^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i;

/** What the metrics call every path that is no route. */
const UNROUTED = 'none';

/** Stands for a route where there is none. */
function failing(error: unknown): Route {
  const fail = () => {
    throw error;
  };
  return { path: UNROUTED, needs: 'open', any: fail };
}

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
