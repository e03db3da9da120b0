import type { Access } from '../../auth/access.js';
import { version } from '../../process/version.js';
import type { Route } from '../route.js';
import type { OpenApiDocument } from './operation.js';
import { problemSchema } from './problem-schema.js';
import { secureOperation, securitySchemes } from './security.js';

/** The description of a service in its OpenAPI document. */
export interface ApiDescription {
  title: string;
  /** What this service does, in Markdown. */
  description: string;
  /** The meaning of `days` at this service. */
  days: string;
  /** The name of the dependency that `/readyz` checks. */
  dependency: string;
}

/** The OpenAPI document of a service, made from its routes. */
export function createOpenApi(
  api: ApiDescription,
  routes: readonly Route[],
  { mode }: Pick<Access, 'mode'>,
): OpenApiDocument {
  const paths: OpenApiDocument['paths'] = {};
  const tags = new Set<string>();
  const schemas: Record<string, object> = { Problem: problemSchema };
  for (const route of routes) {
    const { method, operation } = route;
    if (operation === 'undocumented') continue;
    const path = toTemplate(route.path);
    paths[path] = {
      ...paths[path],
      [method.toLowerCase()]: secureOperation(operation, route, mode),
    };
    for (const tag of operation.tags) tags.add(tag);
    addSchemas(schemas, route.schemas);
  }
  return {
    openapi: '3.1.0',
    info: { title: api.title, version, description: `${api.description}\n\n${ERRORS}` },
    // Relative to the document, because a proxy may serve it below another path.
    servers: [{ url: '.', description: 'This service' }],
    tags: TAGS.filter(({ name }) => tags.has(name)),
    paths,
    components: { schemas, ...securitySchemes(mode) },
    // The default of every operation. If it were missing, linters and generators would think it was forgotten.
    security: [],
  };
}

/** @throws Error for two schemas of one name */
function addSchemas(schemas: Record<string, object>, more: Record<string, object> = {}): void {
  for (const [name, schema] of Object.entries(more)) {
    if ((schemas[name] ?? schema) !== schema) throw new Error(`there are two schemas ${name}`);
    schemas[name] = schema;
  }
}

/** Express writes a parameter as `:name`, OpenAPI as `{name}`. */
function toTemplate(path: string): string {
  return path.replace(/:(\w+)/g, '{$1}');
}

const TAGS = [
  { name: 'segments', description: 'Store memberships, count segments' },
  { name: 'estimates', description: 'What sketches tell beside counts' },
  { name: 'operations', description: 'Health and documentation' },
];

const ERRORS = `Errors are \`application/problem+json\` (RFC 9457): \`detail\` names the field and the limit, \`code\` tells
programs what it is, and \`field\` what is at fault. Query parameters and members that are not listed are refused, not
passed over, as they may be misspelt. A path that is not listed answers 404, a method that is not listed 405 with \`Allow\`. Storing is idempotent:
after a 503 or 504 send the same request again.`;
