import { Failure } from '../domain/failure.js';
import type { Identity } from './identity.js';

/** Where a request is from, as its wire tells. */
export interface Peer {
  /** Of the request, by lower-case name. */
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The address the connection is from; undefined once it is closed. */
  peerAddress(): string | undefined;
}

/** Whoever makes a request, and waits for its answer. */
export interface Caller extends Peer {
  /** Who it is; undefined until the guard has let it in. */
  identity: Identity | undefined;
  /** What it was charged already of what it is still going to ask for. */
  prepaid: number;
  /** Whether it has gone away. */
  isGone(): boolean;
}

/** Ends what a caller has gone from; nobody is there to read it. */
export function callerGone(): Failure {
  return new Failure('unavailable', 'nobody waits for the answer any more');
}
