import { generateApiKey } from '../../src/auth/api-keys.js';
import { SCOPES, type Scope } from '../../src/auth/scope.js';
import type { SecuredSystem } from './secured.js';
import { claims, createSigningKey, sign, signWithText, unsigned } from './tokens.js';

/** A credential as a client shows it, and what becomes of it. */
export interface Credential {
  what: string;
  /** The value of `Authorization`, where it has to be let in to something that asks for a scope. */
  authorization(scope: Scope): string | undefined;
  outcome: 'right' | 'forbidden' | 'unauthenticated';
}

/** Every kind of credential, right and wrong; each wrong in one thing only. */
export async function makeCredentials(system: SecuredSystem): Promise<Credential[]> {
  const { apiKeys, signingKey } = system;
  const stranger = await createSigningKey('stranger', 'RS256');
  const seconds = Math.floor(Date.now() / 1_000);
  const token = (more: object) => sign(signingKey, claims(more));
  const wrong: Record<string, string> = {
    'an API key of nobody': generateApiKey(),
    'an API key cut short': apiKeys['segments:write'].slice(0, -1),
    'an expired token': await token({ exp: seconds - 10 }),
    'a token without expiry': await token({ exp: undefined }),
    'a token that is not valid yet': await token({ nbf: seconds + 600 }),
    'a token of another issuer': await token({ iss: 'https://elsewhere.example' }),
    'a token for another audience': await token({ aud: ['billing', 'mail'] }),
    'a token that nobody signed': unsigned(),
    'HS256 with the public key for secret': await signWithText(signingKey.pem, claims(), 'first'),
    'HS256 with the JWK for secret': await signWithText(JSON.stringify(signingKey.jwk)),
    'a token by an unknown key': await sign(stranger),
    'a token by another key of the same name': await sign({ ...stranger, id: 'first' }),
    'a token with another payload': swapPayload(await token({ scope: '' }), await token({})),
    'no token at all': 'a.b.c',
  };
  const others = (scope: Scope) => SCOPES.filter((one) => one !== scope);
  const texts = await tokensByScope((scope) => token({ scope: `profile ${scope}` }));
  const arrays = await tokensByScope((scope) => token({ scope: undefined, scp: ['x', scope] }));
  const withoutScope = await tokensByScope((scope) => token({ scope: others(scope).join(' ') }));
  const scopeless = await token({ scope: undefined });
  const bearer = (credential: string) => `Bearer ${credential}`;
  return [
    unauthenticated('nothing', undefined),
    unauthenticated('an empty header', ''),
    unauthenticated('a password', `Basic ${Buffer.from('user:password').toString('base64')}`),
    unauthenticated('a key without a scheme', apiKeys['segments:write']),
    unauthenticated('two credentials in one', bearer(Object.values(apiKeys).join(' '))),
    ...Object.entries(wrong).map(([what, one]) => unauthenticated(what, bearer(one))),
    credential('forbidden', 'an API key of another scope', (scope) =>
      bearer(apiKeys[others(scope)[0] as Scope]),
    ),
    credential('forbidden', 'a token with all other scopes', (scope) =>
      bearer(withoutScope[scope]),
    ),
    credential('forbidden', 'a token without scopes', () => bearer(scopeless)),
    credential('right', 'an API key', (scope) => bearer(apiKeys[scope])),
    credential(
      'right',
      'an API key, the scheme in another case',
      (scope) => `bEARER ${apiKeys[scope]}`,
    ),
    credential('right', 'a token with its scope among others', (scope) => bearer(texts[scope])),
    credential('right', 'a token with scopes in an array', (scope) => bearer(arrays[scope])),
  ];
}

function unauthenticated(what: string, authorization: string | undefined): Credential {
  return { what, authorization: () => authorization, outcome: 'unauthenticated' };
}

function credential(
  outcome: Credential['outcome'],
  what: string,
  authorization: (scope: Scope) => string,
): Credential {
  return { what, authorization, outcome };
}

async function tokensByScope(
  make: (scope: Scope) => Promise<string>,
): Promise<Record<Scope, string>> {
  return {
    'segments:write': await make('segments:write'),
    'segments:read': await make('segments:read'),
    'segments:admin': await make('segments:admin'),
  };
}

/** A token with the payload of another one. */
function swapPayload(token: string, other: string): string {
  const [header, , signature] = token.split('.');
  return [header, other.split('.')[1], signature].join('.');
}
