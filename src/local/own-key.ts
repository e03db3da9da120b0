import { generateApiKey, hashApiKey } from '../auth/api-keys.js';
import type { AuthConfig } from '../auth/settings.js';

/**
 * If ES requires credentials, adds an API key for the USS that is started with it. The key is new at each start, and is not
 * stored. Even an ES that is configured only for tokens accepts this key.
 *
 * @returns the key; empty if ES requires no credentials
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
