import { LRUCache } from 'lru-cache';
import { toFailure } from '../domain/failure.js';
import type { Attempts } from './attempts.js';
import type { Peer } from './caller.js';
import type { Identity } from './identity.js';
import type { Refusals } from './refusal.js';
import { type Need, SCOPES } from './scope.js';

/**
 * Lets a client in, or not: the one check of every route and method. At once where the credential is known.
 *
 * @param needs what the route asks for
 * @param authorization the value of the `Authorization` header, or of the `authorization` metadata
 * @param peer where it is from
 * @throws Failure `unauthenticated` or `forbidden`, or `limited` for an address that has tried too much
 */
export type Guard = (
  needs: Need,
  authorization: string | undefined,
  peer: Peer,
) => Identity | Promise<Identity>;

export interface GuardOptions {
  /** Verifies a credential that is not known yet; throws Failure `unauthenticated`. */
  verify: (credential: string) => Promise<Identity>;
  refusals: Refusals;
  /** What an address may try to get in with; anything unless given. */
  attempts: Attempts | undefined;
  /** The clock, in milliseconds. */
  now: () => number;
}

/** Whoever makes a request, where nobody has to say who it is. */
export const ANYONE: Identity = {
  name: 'anyone',
  scopes: new Set(SCOPES),
  expiresAt: Number.POSITIVE_INFINITY,
};

/** Lets everybody in. */
export const openGuard: Guard = () => ANYONE;

/** Verified credentials that are remembered, and their length in all; the one unused for longest is forgotten first. */
const MAX_KNOWN = 10_000;
const MAX_KNOWN_BYTES = 32 * 1024 * 1024;

/** Characters at the end of a credential that it is looked up by: all 256 bits of an API key or of an HS256 signature. */
const TAIL = 43;

/** How long one is remembered at most, so that a token whose key was withdrawn is found out. */
const KNOWN_FOR_MS = 60_000;

/** The scheme is told by its name in any case, and the credential has the form of RFC 6750, section 2.1. */
const BEARER = /^Bearer +([\w.~+/-]+=*)$/i;

interface Known {
  authorization: string;
  identity: Identity;
  /** When it is to be verified again, in milliseconds. */
  until: number;
}

/**
 * A guard that remembers what it has verified. Looking a credential up starts with a hash table of its tail,
 * whose hashes are seeded, so how long that takes tells nothing of what is in there; the rest is compared only
 * for who has the tail. Hashing the whole by SHA-256 instead costs a request twice as much. What was
 * refused is not remembered, so refusals push nobody else out. What was right a while ago is no attempt at guessing.
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
  /** @param wasRight whether it was when it was last verified, so that it is no attempt at guessing */
  const verifyAttempt = async (credential: string, peer: Peer, wasRight: boolean) => {
    if (!wasRight) attempts?.begin(peer);
    try {
      const identity = await verify(credential);
      if (!wasRight) attempts?.undo(peer);
      return identity;
    } catch (error) {
      if (toFailure(error).kind === 'unauthenticated') {
        known.delete(credential.slice(-TAIL));
        attempts?.failed(peer);
      } else if (!wasRight) attempts?.undo(peer);
      throw error;
    }
  };
  const meet = async (received: string, needs: Need, peer: Peer, wasRight: boolean) => {
    const credential = BEARER.exec(received)?.[1];
    if (credential === undefined) throw missing(peer);
    const identity = await verifyAttempt(credential, peer, wasRight);
    const until = Math.min(identity.expiresAt, now() + KNOWN_FOR_MS);
    const authorization = copy(received);
    known.set(copy(received.slice(-TAIL)), { authorization, identity, until });
    return permit(identity, needs);
  };

  return (needs, authorization, peer) => {
    if (needs === 'open') return ANYONE;
    if (authorization === undefined) throw missing(peer);
    const found = known.get(authorization.slice(-TAIL));
    const isKnown = found?.authorization === authorization;
    if (isKnown && now() < found.until) return permit(found.identity, needs);
    return meet(authorization, needs, peer, isKnown);
  };
}

/** A part of a text keeps the whole of it in memory, here a request; a copy does not. */
function copy(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1');
}
