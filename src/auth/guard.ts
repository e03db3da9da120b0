import { LRUCache } from 'lru-cache';
import { toFailure } from '../domain/failure.js';
import { ownText } from '../domain/own-text.js';
import type { Attempts } from './attempts.js';
import type { Peer } from './caller.js';
import type { Identity } from './identity.js';
import type { Refusals } from './refusal.js';
import { type Need, SCOPES } from './scope.js';

/**
 * Checks whether a client may use a route or method. This is the only such check. For a known credential the result is
 * immediate.
 *
 * @param needs what the route requires
 * @param authorization the value of the `Authorization` header, or of the `authorization` metadata
 * @param peer the client
 * @throws Failure `unauthenticated`, `forbidden`, or `limited` if an address has sent too many wrong credentials
 */
export type Guard = (
  needs: Need,
  authorization: string | undefined,
  peer: Peer,
) => Identity | Promise<Identity>;

export interface GuardOptions {
  /** Verifies an unknown credential. @throws Failure `unauthenticated` or `unavailable` */
  verify: (credential: string) => Promise<Identity>;
  refusals: Refusals;
  /** Limits wrong credentials by address; undefined means no limit. */
  attempts: Attempts | undefined;
  /** The clock, in milliseconds. */
  now: () => number;
}

/** The identity of every client if no credential is required. */
export const ANYONE: Identity = {
  name: 'anyone',
  scopes: new Set(SCOPES),
  expiresAt: Number.POSITIVE_INFINITY,
};

/** Accepts every client. */
export const openGuard: Guard = () => ANYONE;

/** How many verified credentials are remembered, and how many characters these may have together. The least recently used goes first. */
const MAX_KNOWN = 10_000;
const MAX_KNOWN_BYTES = 32 * 1024 * 1024;

/** How many characters at the end of a header are used to look it up: 256 bits of an API key or an HS256 signature. */
const TAIL = 43;

const tailOf = (authorization: string) => authorization.slice(-TAIL);

/** The maximum time that a credential is remembered, so that a token with a withdrawn key is soon refused. */
const KNOWN_FOR_MS = 60_000;

/** The scheme in upper or lower case, and a credential in the form of RFC 6750, section 2.1. */
const BEARER = /^Bearer +([\w.~+/-]+=*)$/i;

interface Known {
  authorization: string;
  identity: Identity;
  /** When the credential must be verified again, in milliseconds. */
  until: number;
}

/**
 * A guard that remembers verified credentials. It looks a credential up by its tail in a hash table with seeded hashes, so
 * the duration does not reveal which credentials are known; the rest is compared only if the client has sent a known tail.
 * Hashing the whole credential with SHA-256 would double the cost of a request. Refused credentials are not remembered, so
 * they evict no other credential. A credential that was right before does not count as a guess.
 */
export function createGuard({ verify, refusals, attempts, now }: GuardOptions): Guard {
  const known = new LRUCache<string, Known>({
    max: MAX_KNOWN,
    maxSize: MAX_KNOWN_BYTES,
    sizeCalculation: ({ authorization }) => authorization.length,
  });

  const permit = (identity: Identity, needs: Need): Identity => {
    if (needs === 'open' || needs === 'authenticated' || identity.scopes.has(needs))
      return identity;
    attempts?.forbidden(identity);
    throw refusals.forbidden(needs);
  };
  const missing = (peer: Peer) => {
    attempts?.failed(peer);
    return refusals.missing();
  };
  /**
   * @param received the value of the header
   * @param wasRight whether the credential was right the last time, so that it does not count as a guess
   */
  const verifyAttempt = async (received: string, peer: Peer, wasRight: boolean) => {
    const credential = BEARER.exec(received)?.[1];
    if (credential === undefined) throw missing(peer);
    if (!wasRight) attempts?.begin(peer);
    try {
      const identity = await verify(credential);
      if (!wasRight) attempts?.undo(peer);
      return identity;
    } catch (error) {
      if (toFailure(error).kind === 'unauthenticated') {
        known.delete(tailOf(received));
        attempts?.failed(peer);
      } else if (!wasRight) attempts?.undo(peer);
      throw error;
    }
  };
  const verifyAndRemember = async (
    received: string,
    needs: Need,
    peer: Peer,
    wasRight: boolean,
  ) => {
    const identity = await verifyAttempt(received, peer, wasRight);
    const until = Math.min(identity.expiresAt, now() + KNOWN_FOR_MS);
    const authorization = ownText(received);
    known.set(ownText(tailOf(received)), { authorization, identity, until });
    return permit(identity, needs);
  };

  return (needs, authorization, peer) => {
    if (needs === 'open') return ANYONE;
    if (authorization === undefined) throw missing(peer);
    const found = known.get(tailOf(authorization));
    const isKnown = found?.authorization === authorization;
    if (isKnown && now() < found.until) return permit(found.identity, needs);
    return verifyAndRemember(authorization, needs, peer, isKnown);
  };
}
