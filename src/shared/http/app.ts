import type { RequestListener } from 'node:http';
import express, { type NextFunction, type Request, type Response } from 'express';
import { Failure } from '../failure.js';
import { createDocsRoutes, mountDocsAssets, type OpenApiDocument } from './docs-routes.js';
import { createHotListener } from './hot-listener.js';
import { createResponder, queryOf, type ResponderOptions, type Route } from './route.js';

export interface AppOptions extends ResponderOptions {
  routes: readonly Route[];
  /** What `/openapi.json` and Swagger UI show. */
  document: OpenApiDocument;
}

/** What the metrics call every path that is no route. */
const UNROUTED = 'none';

/**
 * The REST side of a service: its routes, its documentation, and a problem for all else. Express serves
 * all of it, but for the two hot paths, which a lean listener in front of it takes.
 */
export function createApp({ routes, document, ...options }: AppOptions): RequestListener {
  const responder = createResponder(options);
  const app = express();
  app.disable('x-powered-by');
  app.enable('case sensitive routing');
  app.enable('strict routing');
  for (const route of [...routes, ...createDocsRoutes(document)]) {
    app.all(route.path, (request, response) => {
      const params = request.params as Record<string, string>;
      responder.respond(route, request, response, { params, query: queryOf(request.url) });
    });
  }
  mountDocsAssets(app, document);
  app.use(() => {
    throw new Failure('not-found', 'there is nothing at this path; see /openapi.json');
  });
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) => {
    const cause = error instanceof URIError ? badPath(error) : error;
    responder.fail(cause, UNROUTED, request, response);
  });
  return createHotListener({ routes, responder, otherwise: app });
}

function badPath(error: URIError): Failure {
  return new Failure('invalid', 'the path is not valid percent-encoded UTF-8', { cause: error });
}
