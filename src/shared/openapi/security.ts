import type { Access } from '../auth/access.js';
import type { Need } from '../auth/scope.js';
import type { OpenApiDocument } from '../http/docs-routes.js';
import { needsOf, type Route } from '../http/route.js';
import { failure } from './parts.js';

/** What `components.securitySchemes` calls the one scheme. */
const SCHEME = 'bearer';

const DESCRIPTIONS = {
  'api-key': 'An API key, as `Authorization: Bearer <key>`.',
  jwt: 'A JSON Web Token with the scopes it needs, as `Authorization: Bearer <token>`.',
  both: 'An API key, or a JSON Web Token with the scopes it needs, as `Authorization: Bearer …`.',
};

/**
 * Adds to a document what each operation asks of its client, and how it refuses.
 *
 * @param routes what each path needs, but for those of the documentation
 * @returns the document itself while anybody may do anything
 */
export function secureDocument(
  document: OpenApiDocument,
  routes: readonly Route[],
  { mode, docs }: Pick<Access, 'mode' | 'docs'>,
): OpenApiDocument {
  if (mode === 'none') return document;
  const byPath = new Map(
    // Express writes a parameter as :name, OpenAPI as {name}.
    routes.map((route) => [route.path.replace(/:(\w+)/g, '{$1}'), route]),
  );
  const needs = (path: string, method: string) => {
    const route = byPath.get(path);
    return route === undefined ? docs : needsOf(route, method.toUpperCase());
  };
  const paths = Object.entries(document.paths).map(([path, operations]) => {
    const secured = Object.entries(operations).map(([method, operation]) => [
      method,
      secureOperation(operation as Operation, needs(path, method)),
    ]);
    return [path, Object.fromEntries(secured)];
  });
  const scheme = { type: 'http', scheme: 'bearer', description: DESCRIPTIONS[mode] };
  return {
    ...document,
    paths: Object.fromEntries(paths),
    components: {
      ...(document.components as object),
      securitySchemes: { [SCHEME]: scheme },
    },
  };
}

interface Operation {
  responses: Record<string, object>;
}

const challenge = {
  'WWW-Authenticate': { description: 'RFC 6750, section 3.', schema: { type: 'string' } },
};

function secureOperation(operation: Operation, needs: Need): object {
  if (needs === 'open') return operation;
  const scopes = needs === 'authenticated' ? [] : [needs];
  return {
    ...operation,
    security: [{ [SCHEME]: scopes }],
    responses: {
      ...operation.responses,
      401: {
        ...failure(401, 'Unauthorized', 'a credential is missing; send Authorization: Bearer …'),
        headers: challenge,
      },
      ...(scopes.length > 0 && {
        403: {
          ...failure(403, 'Forbidden', `the credential lacks the scope ${needs}`),
          headers: challenge,
        },
      }),
    },
  };
}
