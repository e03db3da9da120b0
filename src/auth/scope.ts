/** What a client may do, as a token or the entry of an API key says it. None of them includes another. */
export const SCOPES = ['segments:write', 'segments:read', 'segments:admin'] as const;

export type Scope = (typeof SCOPES)[number];

/** What a route or a method asks of its client: nothing, some valid credential, or one with a scope. */
export const NEEDS = ['open', 'authenticated', ...SCOPES] as const;

export type Need = (typeof NEEDS)[number];

export function isScope(value: unknown): value is Scope {
  return SCOPES.includes(value as Scope);
}
