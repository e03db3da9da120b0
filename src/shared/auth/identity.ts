import type { Scope } from './scope.js';

/** Who a client is, by a credential that was verified. */
export interface Identity {
  /** The name of the API key, or the subject of the token. */
  name: string;
  scopes: ReadonlySet<Scope>;
  /** When the credential ends, in milliseconds since 1970; Infinity where it does not. */
  expiresAt: number;
}
