import type { Express } from 'express';
import swaggerUi from 'swagger-ui-express';
import type { Route } from './app.js';

/** An OpenAPI 3.1 document. */
export interface OpenApiDocument {
  openapi: string;
  info: { title: string; version: string; description: string };
  paths: Record<string, Record<string, unknown>>;
  [member: string]: unknown;
}

/** The document at `/openapi.json` and Swagger UI for it at `/swagger/index.html`. */
export function createDocsRoutes(document: OpenApiDocument): Route[] {
  const page = swaggerUi.generateHTML(undefined, uiOptions(document));
  const toPage = () => ({ status: 302, headers: { location: '/swagger/index.html' } });
  return [
    { path: '/openapi.json', get: () => ({ status: 200, json: document }) },
    // A route of ours, because swagger-ui-dist brings an index.html of its own, about a pet store.
    {
      path: '/swagger/index.html',
      get: () => ({
        status: 200,
        headers: { 'content-type': 'text/html; charset=utf-8' },
        text: page,
      }),
    },
    { path: '/swagger', get: toPage },
    { path: '/swagger/', get: toPage },
  ];
}

/** Mounts the scripts and styles of Swagger UI, after the routes. */
export function mountDocsAssets(app: Express, document: OpenApiDocument): void {
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
