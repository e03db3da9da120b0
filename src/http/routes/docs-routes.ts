import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import swaggerUi from 'swagger-ui-express';
import type { Need } from '../../auth/scope.js';
import { jsonAnswer, textAnswer } from '../answer.js';
import { createAssetRoute } from '../asset.js';
import type { OpenApiDocument, Operation } from '../openapi/operation.js';
import type { Route } from '../route.js';

export interface DocsOptions {
  /** The name of the service. */
  title: string;
  needs: Need;
  /** Whether `/` redirects to the documentation; false if the service has its own page there. */
  isRoot: boolean;
}

/**
 * The OpenAPI document at `/openapi.json` and Swagger UI for it at `/swagger/index.html`.
 *
 * @param describe makes the document, which has to include these routes
 */
export function createDocsRoutes(
  { title, needs, isRoot }: DocsOptions,
  describe: (docs: readonly Route[]) => OpenApiDocument,
): Route[] {
  const html = swaggerUi.generateHTML(undefined, { customSiteTitle: title });
  const asset = (name: string, type: string, content: string | Buffer) =>
    createAssetRoute({ path: `/swagger/${name}`, needs, type, content });
  const routes: Route[] = [
    {
      method: 'GET',
      path: '/openapi.json',
      needs,
      isOfService: true,
      handle: () => json,
      operation: documentOperation,
    },
    // This index.html is our own: that of swagger-ui-dist shows the document of a pet store.
    { ...asset('index.html', 'text/html; charset=utf-8', html), operation: swaggerOperation },
    asset('swagger-ui-init.js', SCRIPT, INIT),
    ...FILES.map(([name, type]) => asset(name, type, readFileSync(locate(name)))),
    ...(isRoot ? [redirect('/', 'swagger/index.html', needs)] : []),
    redirect('/swagger', 'swagger/index.html', needs),
    redirect('/swagger/', 'index.html', needs),
  ];
  const json = jsonAnswer(200, describe(routes));
  return routes;
}

/** @param location relative, so that it is correct even if a proxy serves the service below another path */
function redirect(path: string, location: string, needs: Need): Route {
  const answer = textAnswer(302, '', { location });
  return {
    method: 'GET',
    path,
    needs,
    isOfService: true,
    handle: () => answer,
    operation: 'undocumented',
  };
}

const documentOperation: Operation = {
  tags: ['operations'],
  operationId: 'openApi',
  summary: 'This document',
  responses: {
    200: {
      description: 'OpenAPI 3.1',
      content: { 'application/json': { schema: { type: 'object' } } },
    },
  },
};

const swaggerOperation: Operation = {
  tags: ['operations'],
  operationId: 'swagger',
  summary: 'This document as a page to try it out on',
  responses: {
    200: { description: 'Swagger UI', content: { 'text/html': { schema: { type: 'string' } } } },
  },
};

const SCRIPT = 'text/javascript; charset=utf-8';

/** The files of swagger-ui-dist that the page loads. */
const FILES: readonly [name: string, type: string][] = [
  ['swagger-ui.css', 'text/css; charset=utf-8'],
  ['swagger-ui-bundle.js', SCRIPT],
  ['swagger-ui-standalone-preset.js', SCRIPT],
  ['favicon-16x16.png', 'image/png'],
  ['favicon-32x32.png', 'image/png'],
];

/** The path of a file of swagger-ui-dist, in the version that swagger-ui-express depends on. */
function locate(file: string): string {
  const swaggerUiExpress = createRequire(import.meta.url).resolve('swagger-ui-express');
  return createRequire(swaggerUiExpress).resolve(`swagger-ui-dist/${file}`);
}

/** Served as a file, because the content security policy forbids inline scripts. */
const INIT = `window.onload = () => {
  window.ui = SwaggerUIBundle({
    url: '../openapi.json',
    dom_id: '#swagger-ui',
    deepLinking: true,
    displayRequestDuration: true,
    presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
    plugins: [SwaggerUIBundle.plugins.DownloadUrl],
    layout: 'StandaloneLayout',
  });
};
`;
