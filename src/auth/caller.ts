import { Failure } from '../domain/failure.js';
import type { Identity } from './identity.js';

/** The other end of a connection that sends a request. */
export interface Peer {
  /** The headers of the request, by lower-case name. */
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The address of the connection; undefined once it is closed. */
  peerAddress(): string | undefined;
}

/** The client that sends a request and waits for its answer. */
export interface Caller extends Peer {
  /** Who the client is; undefined until the guard has let it in. */
  identity: Identity | undefined;
  /** How much of its coming charges was charged already. */
  prepaid: number;
  /** Whether the connection is closed. */
  isGone(): boolean;
}

/** Ends the work for a caller that has gone; nobody reads this failure. */
export function callerGone(): Failure {
  return new Failure('unavailable', 'nobody waits for the answer any more');
}
