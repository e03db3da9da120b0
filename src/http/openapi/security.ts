import type { Access } from '../../auth/access.js';
import { createRefusals } from '../../auth/refusal.js';
import type { Need } from '../../auth/scope.js';
import { Failure } from '../../domain/failure.js';
import { needsOf, type Route } from '../route.js';
import type { OpenApiDocument } from '../routes/docs-routes.js';
import { refusals } from './parts.js';

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
  const secured = mapOperations(document, (operation, path, method) => {
    const route = byPath.get(path);
    const needs = route === undefined ? docs : needsOf(route, method.toUpperCase());
    const isAnyHost = route?.anyHost === true;
    const guarded =
      needs === 'open' ? operation : guardByCredential(operation, needs, mode !== 'none');
    return mode === 'none' && !isAnyHost ? guardByName(guarded) : guarded;
  });
  // Where no operation says otherwise. Left out, linters and generators take it for forgotten.
  const open = { ...secured, security: [] };
  if (mode === 'none') return open;
  const scheme = { type: 'http', scheme: 'bearer', description: DESCRIPTIONS[mode] };
  return {
    ...open,
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

function withResponses(operation: Operation, responses: Operation['responses']): Operation {
  return { ...operation, responses: { ...operation.responses, ...responses } };
}

/** Without credentials it is the name of the service that keeps pages of other sites out. */
function guardByName(operation: Operation): Operation {
  return withResponses(
    operation,
    refusals(
      new Failure('forbidden', 'Origin must be that of Host, or an allowed one'),
      new Failure('misdirected', 'Host must be a name that strangers cannot own'),
    ),
  );
}

const REFUSED = createRefusals('…');

/**
 * Adds what is answered to who lacks the credential, or has asked for too much: those who write a client today are to know
 * of it though it is not asked for yet.
 *
 * @param isAsked whether a credential is asked for now
 */
function guardByCredential(
  operation: Operation,
  needs: Exclude<Need, 'open'>,
  isAsked: boolean,
): Operation {
  const scopes = needs === 'authenticated' ? [] : [needs];
  const others = scopes.map((scope) => REFUSED.forbidden(scope));
  if (needs !== 'authenticated') others.push(tooManyRequests());
  return {
    ...withResponses(operation, { ...refusals(REFUSED.missing(), ...others) }),
    ...(isAsked && { security: [{ [SCHEME]: scopes }] }),
  };
}

function tooManyRequests(): Failure {
  return new Failure(
    'limited',
    'too many requests: at most 10 a second and 100 at once; try again in 1 s',
    {
      headers: { 'retry-after': '1' },
    },
  );
}
