import { version } from '../../process/version.js';
import type { OpenApiDocument } from '../routes/docs-routes.js';
import { schemas } from './schemas.js';
import { countSegment, countSegments, storeMany, storeOne } from './segment-operations.js';
import { health, metrics, openApiJson, readiness, swaggerPage } from './service-operations.js';

export interface ApiDescription {
  title: string;
  /** What this service is, in Markdown. */
  description: string;
  /** The meaning of `days` here. */
  days: string;
  /** The name of what `/readyz` checks. */
  dependency: string;
  /** What this service answers beside what both do; may add methods to paths that both have. */
  ownPaths?: OpenApiDocument['paths'];
  ownSchemas?: Record<string, object>;
}

/** The OpenAPI document of a service: of the routes both services share, and of its own. */
export function createOpenApi(api: ApiDescription): OpenApiDocument {
  const { ownPaths = {}, ownSchemas = {} } = api;
  const paths: OpenApiDocument['paths'] = {
    '/segment': { post: storeOne },
    '/segments': { post: storeMany },
    '/segment/{segment}': { get: countSegment(api.days) },
    '/counts': { post: countSegments },
  };
  for (const [path, operations] of Object.entries(ownPaths)) {
    paths[path] = { ...paths[path], ...operations };
  }
  return {
    openapi: '3.1.0',
    info: { title: api.title, version, description: `${api.description}\n\n${ERRORS}` },
    // Relative to the document, which a proxy may serve below a path of its own.
    servers: [{ url: '.', description: 'This service' }],
    tags: [
      { name: 'segments', description: 'Store memberships, count segments' },
      ...(api.ownPaths === undefined
        ? []
        : [{ name: 'estimates', description: 'What sketches tell beside counts' }]),
      { name: 'operations', description: 'Health and documentation' },
    ],
    paths: {
      ...paths,
      '/healthz': { get: health },
      '/readyz': { get: readiness(api.dependency) },
      '/metrics': { get: metrics },
      '/openapi.json': { get: openApiJson },
      '/swagger/index.html': { get: swaggerPage },
    },
    components: { schemas: { ...schemas, ...ownSchemas } },
  };
}

const ERRORS = `Errors are \`application/problem+json\` (RFC 9457): \`detail\` names the field and the limit, \`code\` tells
programs what it is, and \`field\` what is at fault. Query parameters and members that are not listed are refused, not
passed over, as they may be misspelt. A path that is not listed answers 404, a method that is not listed 405 with \`Allow\`. Storing is idempotent:
after a 503 or 504 send the same request again.`;
