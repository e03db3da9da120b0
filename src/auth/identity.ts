import type { Scope } from './scope.js';

/** Who a client is, by a credential that was verified. */
export interface Identity {
  /** What no other client has: `key:` and the name of its API key, or `token:` and issuer and subject of its token. */
  name: string;
  scopes: ReadonlySet<Scope>;
  /** When the credential ends, in milliseconds since 1970; Infinity where it does not. */
  expiresAt: number;
}
