/** A permission of a client, as in a token or in the entry of an API key. No scope includes another one. */
export const SCOPES = ['segments:write', 'segments:read', 'segments:admin'] as const;

export type Scope = (typeof SCOPES)[number];

/** The requirement of a route or method: nothing, a valid credential, or a credential with a scope. */
export const NEEDS = ['open', 'authenticated', ...SCOPES] as const;

export type Need = (typeof NEEDS)[number];

export function isScope(value: unknown): value is Scope {
  return SCOPES.includes(value as Scope);
}
