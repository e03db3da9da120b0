import type { Express } from 'express';
import swaggerUi from 'swagger-ui-express';
import type { Access } from '../auth/access.js';
import type { Need } from '../auth/scope.js';
import { jsonAnswer, textAnswer } from './answer.js';
import type { Route } from './route.js';

/** An OpenAPI 3.1 document. */
export interface OpenApiDocument {
  openapi: string;
  info: { title: string; version: string; description: string };
  paths: Record<string, Record<string, unknown>>;
  [member: string]: unknown;
}

/**
 * The document at `/openapi.json` and Swagger UI for it at `/swagger/index.html`, which `/` leads to where there is
 * no page of the service's own.
 */
export function createDocsRoutes(document: OpenApiDocument, needs: Need): Route[] {
  const html = swaggerUi.generateHTML(undefined, uiOptions(document));
  const page = textAnswer(200, html, { 'content-type': 'text/html; charset=utf-8' });
  const json = jsonAnswer(200, document);
  const toPage = () => textAnswer(302, '', { location: '/swagger/index.html' });
  return [
    { path: '/openapi.json', needs, get: () => json },
    // A route of ours, because swagger-ui-dist brings an index.html of its own, about a pet store.
    { path: '/swagger/index.html', needs, get: () => page },
    { path: '/', needs, get: toPage },
    { path: '/swagger', needs, get: toPage },
    { path: '/swagger/', needs, get: toPage },
  ];
}

/** Headers that could make files of documentation fail; without them the whole file is a right answer. */
const CONDITIONS = ['if-match', 'if-unmodified-since', 'range'];

/** Mounts the scripts and styles of Swagger UI, after the routes. */
export function mountDocsAssets(
  app: Express,
  document: OpenApiDocument,
  { guard, docs }: Pick<Access, 'guard' | 'docs'>,
): void {
  app.use('/swagger', async (request, _response, next) => {
    await guard(docs, request.headers.authorization);
    for (const name of CONDITIONS) delete request.headers[name];
    next();
  });
  // Not `swaggerUi.serve`, which keeps its options in a variable that services in one process would share.
  app.use('/swagger', ...swaggerUi.serveFiles(undefined, uiOptions(document)));
}

function uiOptions(document: OpenApiDocument) {
  return {
    customSiteTitle: document.info.title,
    swaggerUrl: '../openapi.json',
    swaggerOptions: { displayRequestDuration: true },
  };
}
