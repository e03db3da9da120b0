import type { Scope } from './scope.js';

/** The identity of a client, from its verified credential. */
export interface Identity {
  /** Unique: `key:` and the name of its API key, or `token:` and the issuer and subject of its token. */
  name: string;
  scopes: ReadonlySet<Scope>;
  /** When the credential expires, in milliseconds since 1970; Infinity if it does not expire. */
  expiresAt: number;
}
