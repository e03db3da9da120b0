import { generateApiKey, hashApiKey } from '../auth/api-keys.js';
import type { AuthConfig } from '../auth/schema.js';

/**
 * Has an ES that asks for credentials know one more key, for the USS that is started with it: made anew at each start, and kept
 * nowhere. With tokens alone it takes that key beside them.
 *
 * @returns the key; empty where ES asks for nothing
 */
export function makeOwnKey(auth: AuthConfig['auth']): string {
  const { mode, apiKeys } = auth;
  if (mode === 'none') return '';
  const key = generateApiKey();
  const sha256 = hashApiKey(key).toString('hex');
  const others = mode === 'jwt' ? [] : apiKeys;
  auth.apiKeys = [
    ...others,
    { name: 'npm-start', sha256, scopes: ['segments:write', 'segments:read'] },
  ];
  auth.mode = mode === 'jwt' ? 'both' : mode;
  return key;
}
