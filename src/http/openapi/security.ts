import type { Access } from '../../auth/access.js';
import { createRefusals } from '../../auth/refusal.js';
import type { Need } from '../../auth/scope.js';
import { Failure } from '../../domain/failure.js';
import type { Route } from '../route.js';
import type { Operation } from './operation.js';
import { refusals } from './parts.js';

type Mode = Access['mode'];

/** The name of the only scheme in `components.securitySchemes`. */
const SCHEME = 'bearer';

const DESCRIPTIONS = {
  'api-key': 'An API key, as `Authorization: Bearer <key>`.',
  jwt: 'A JSON Web Token with the scopes it needs, as `Authorization: Bearer <token>`.',
  both: 'An API key, or a JSON Web Token with the scopes it needs, as `Authorization: Bearer …`.',
};

/** The security schemes of a document; empty without authentication. */
export function securitySchemes(mode: Mode): { securitySchemes?: Record<string, object> } {
  if (mode === 'none') return {};
  const scheme = { type: 'http', scheme: 'bearer', description: DESCRIPTIONS[mode] };
  return { securitySchemes: { [SCHEME]: scheme } };
}

/** Adds to an operation what its route requires from a client, and how it refuses. */
export function secureOperation(
  operation: Operation,
  { needs, anyHost }: Pick<Route, 'needs' | 'anyHost'>,
  mode: Mode,
): Operation {
  const guarded =
    needs === 'open' ? operation : guardByCredential(operation, needs, mode !== 'none');
  return mode === 'none' && anyHost !== true ? guardByName(guarded) : guarded;
}

function withResponses(operation: Operation, responses: Operation['responses']): Operation {
  return { ...operation, responses: { ...operation.responses, ...responses } };
}

/** Without credentials, the check of `Host` and `Origin` keeps pages of other sites out. */
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
 * Adds the answers to a client that lacks the credential, or has exceeded its limit. They are documented even if
 * authentication is off, so that authors of clients handle them before it is turned on.
 *
 * @param isAsked whether a credential is required now
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
    ...withResponses(operation, refusals(REFUSED.missing(), ...others)),
    ...(isAsked && { security: [{ [SCHEME]: scopes }] }),
  };
}

function tooManyRequests(): Failure {
  return new Failure(
    'limited',
    'too many requests: at most 10 a second and 100 at once; try again in 1 s',
    { headers: { 'retry-after': '1' } },
  );
}
