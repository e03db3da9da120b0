import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import swaggerUi from 'swagger-ui-express';
import type { Need } from '../../auth/scope.js';
import { jsonAnswer, textAnswer } from '../answer.js';
import { createAssetRoute } from '../asset.js';
import type { Route } from '../route.js';

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
  const json = jsonAnswer(200, document);
  // Relative, so that it leads there below whatever path a proxy serves the service.
  const redirect = (path: string, location: string): Route => {
    const answer = textAnswer(302, '', { location });
    return { path, needs, isOfService: true, get: () => answer };
  };
  const html = swaggerUi.generateHTML(undefined, { customSiteTitle: document.info.title });
  const asset = (name: string, type: string, content: string | Buffer) =>
    createAssetRoute(`/swagger/${name}`, needs, type, content);
  return [
    { path: '/openapi.json', needs, isOfService: true, get: () => json },
    // Not the one of swagger-ui-dist, which is about a pet store.
    asset('index.html', 'text/html; charset=utf-8', html),
    asset('swagger-ui-init.js', SCRIPT, INIT),
    ...FILES.map(([name, type]) => asset(name, type, readFileSync(locate(name)))),
    redirect('/', 'swagger/index.html'),
    redirect('/swagger', 'swagger/index.html'),
    redirect('/swagger/', 'index.html'),
  ];
}

const SCRIPT = 'text/javascript; charset=utf-8';

/** What of swagger-ui-dist the page asks for. */
const FILES: readonly [name: string, type: string][] = [
  ['swagger-ui.css', 'text/css; charset=utf-8'],
  ['swagger-ui-bundle.js', SCRIPT],
  ['swagger-ui-standalone-preset.js', SCRIPT],
  ['favicon-16x16.png', 'image/png'],
  ['favicon-32x32.png', 'image/png'],
];

/** In the version that belongs to swagger-ui-express. */
function locate(file: string): string {
  const swaggerUiExpress = createRequire(import.meta.url).resolve('swagger-ui-express');
  return createRequire(swaggerUiExpress).resolve(`swagger-ui-dist/${file}`);
}

/** A file of its own, since the page may have no inline script. */
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
