import { generateApiKey, hashApiKey } from '../../src/auth/api-keys.js';
import type { Scope } from '../../src/auth/scope.js';

/** An API key, and the entry that makes a service know it. */
export interface MadeApiKey {
  key: string;
  entry: { name: string; sha256: string; scopes: Scope[] };
}

export function makeApiKey(name: string, ...scopes: Scope[]): MadeApiKey {
  const key = generateApiKey();
  return { key, entry: { name, sha256: hashApiKey(key).toString('hex'), scopes } };
}
