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
 */
export function secureDocument(
  document: OpenApiDocument,
  routes: readonly Route[],
  { mode, docs }: Pick<Access, 'mode' | 'docs'>,
): OpenApiDocument {
  const byPath = new Map(
    // Express writes a parameter as :name, OpenAPI as {name}.
    routes.map((route) => [route.path.replace(/:(\w+)/g, '{$1}'), route]),
  );
  const needs = (path: string, method: string) => {
    const route = byPath.get(path);
    return route === undefined ? docs : needsOf(route, method.toUpperCase());
  };
  if (mode === 'none') {
    const isAnyHost = (path: string) => byPath.get(path)?.anyHost === true;
    return mapOperations(document, (operation, path) =>
      isAnyHost(path) ? operation : guardByName(operation),
    );
  }
  const secured = mapOperations(document, (operation, path, method) =>
    secureOperation(operation, needs(path, method)),
  );
  const scheme = { type: 'http', scheme: 'bearer', description: DESCRIPTIONS[mode] };
  return {
    ...secured,
    components: {
      ...(document.components as object),
      securitySchemes: { [SCHEME]: scheme },
    },
  };
}

interface Operation {
  responses: Record<string, object>;
}

function mapOperations(
  document: OpenApiDocument,
  change: (operation: Operation, path: string, method: string) => object,
): OpenApiDocument {
  const paths = Object.entries(document.paths).map(([path, operations]) => {
    const changed = Object.entries(operations).map(([method, operation]) => [
      method,
      change(operation as Operation, path, method),
    ]);
    return [path, Object.fromEntries(changed)];
  });
  return { ...document, paths: Object.fromEntries(paths) };
}

/** Without credentials it is the name of the service that keeps pages of other sites out. */
function guardByName(operation: Operation): object {
  return {
    ...operation,
    responses: {
      ...operation.responses,
      403: failure(403, 'Forbidden', 'Origin must be that of Host, or an allowed one'),
      421: failure(421, 'Misdirected Request', 'Host must be a name that strangers cannot own'),
    },
  };
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
