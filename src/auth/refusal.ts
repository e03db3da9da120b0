import { Failure } from '../domain/failure.js';
import type { Scope } from './scope.js';

/** Makes the failures for refused clients, with the challenge of RFC 6750, section 3. */
export interface Refusals {
  /** For a request without a credential, or with another scheme. */
  missing(): Failure;
  /** For a wrong credential. @param reason what is wrong, without quotation marks */
  invalid(reason: string, cause?: unknown): Failure;
  /** For a credential that lacks a scope. */
  forbidden(scope: Scope): Failure;
}

/** @param realm the name of the service */
export function createRefusals(realm: string): Refusals {
  const challenge = (parameters: Record<string, string>) => {
    const pairs = Object.entries({ realm, ...parameters }).map(
      ([name, value]) => `${name}="${value}"`,
    );
    return { 'www-authenticate': `Bearer ${pairs.join(', ')}` };
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
