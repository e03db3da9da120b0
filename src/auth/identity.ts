import type { Scope } from './scope.js';

/** Who a client is, by its verified credential. */
export interface Identity {
  /** Unique: `key:` and the name of its API key, or `token:` and the issuer and subject of its token. */
  name: string;
  scopes: ReadonlySet<Scope>;
  /** When the credential expires, in milliseconds since 1970; Infinity when it does not. */
  expiresAt: number;
}
