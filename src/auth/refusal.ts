import { Failure } from '../domain/failure.js';
import type { Scope } from './scope.js';

/** Makes the failures of a service for clients it does not let in, with the challenge of RFC 6750, section 3. */
export interface Refusals {
  /** There is no credential, or one of another scheme. */
  missing(): Failure;
  /** @param reason what is wrong with the credential, without quotation marks */
  invalid(reason: string, cause?: unknown): Failure;
  forbidden(scope: Scope): Failure;
}

/** @param realm the name of the service */
export function createRefusals(realm: string): Refusals {
  const challenge = (parameters: Record<string, string>) => {
    const all = Object.entries({ realm, ...parameters });
    return {
      'www-authenticate': `Bearer ${all.map(([key, value]) => `${key}="${value}"`).join(', ')}`,
    };
  };
  return {
    missing: () =>
      new Failure('unauthenticated', 'a credential is missing; send Authorization: Bearer …', {
        headers: challenge({}),
      }),
    invalid: (reason, cause) =>
      new Failure('unauthenticated', reason, {
        cause,
        headers: challenge({ error: 'invalid_token', error_description: reason }),
      }),
    forbidden: (scope) =>
      new Failure('forbidden', `the credential lacks the scope ${scope}`, {
        headers: challenge({ error: 'insufficient_scope', scope }),
      }),
  };
}
