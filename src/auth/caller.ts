import { Failure } from '../domain/failure.js';
import type { Identity } from './identity.js';

/** The other end of a connection that sends a request. */
export interface Peer {
  /** The headers of the request, by lower-case name. */
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The address of the connection; undefined after it has closed. */
  peerAddress(): string | undefined;
}

/** The client that sends a request and waits for its answer. */
export interface Caller extends Peer {
  /** The identity of the client; undefined until the guard has accepted it. */
  identity: Identity | undefined;
  /** How much of its later charges was charged already. */
  prepaid: number;
  /** Whether the connection has closed. */
  isGone(): boolean;
}

/** Ends the work for a caller that has gone. Nobody reads this failure. */
export function callerGone(): Failure {
  return new Failure('unavailable', 'nobody waits for the answer any more');
}
