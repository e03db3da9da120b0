import type { OpenApiDocument } from '../http/docs-routes.js';
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
}

/** The OpenAPI document of the routes both services share. */
export function createOpenApi(api: ApiDescription): OpenApiDocument {
  return {
    openapi: '3.1.0',
    info: { title: api.title, version: '1.0.0', description: `${api.description}\n\n${ERRORS}` },
    servers: [{ url: '/', description: 'This service' }],
    tags: [
      { name: 'segments', description: 'Store memberships, count segments' },
      { name: 'operations', description: 'Health and documentation' },
    ],
    paths: {
      '/segment': { post: storeOne },
      '/segments': { post: storeMany },
      '/segment/{segment}': { get: countSegment(api.days) },
      '/counts': { post: countSegments },
      '/healthz': { get: health },
      '/readyz': { get: readiness(api.dependency) },
      '/metrics': { get: metrics },
      '/openapi.json': { get: openApiJson },
      '/swagger/index.html': { get: swaggerPage },
    },
    components: { schemas },
  };
}

const ERRORS = `Errors are \`application/problem+json\` (RFC 9457); \`detail\` names the field and the limit. A path
that is not listed answers 404, a method that is not listed 405 with \`Allow\`. Storing is idempotent:
after a 503 or 504 send the same request again.`;
