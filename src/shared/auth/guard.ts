import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Identity } from './identity.js';
import type { Refusals } from './refusal.js';
import { type Need, SCOPES } from './scope.js';

/**
 * Lets a client in, or not: the one check of every route and method. At once where the credential is known.
 *
 * @param needs what the route asks for
 * @param authorization the value of the `Authorization` header, or of the `authorization` metadata
 * @throws Failure `unauthenticated` or `forbidden`
 */
export type Guard = (
  needs: Need,
  authorization: string | undefined,
) => Identity | Promise<Identity>;

export interface GuardOptions {
  /** Verifies a credential that is not known yet; throws Failure `unauthenticated`. */
  verify: (credential: string) => Promise<Identity>;
  refusals: Refusals;
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

/** Verified credentials that are remembered; the one unused for longest is forgotten first. */
const MAX_KNOWN = 10_000;

/** How long one is remembered at most, so that a token whose key was withdrawn is found out. */
const KNOWN_FOR_MS = 60_000;

/** The scheme is told by its name in any case, and the credential has the form of RFC 6750, section 2.1. */
const BEARER = /^Bearer +([\w.~+/-]+=*)$/i;

/**
 * A guard that remembers what it has verified, by the SHA-256 of the header: no credential stays in memory,
 * and how long a look-up takes tells only of the hash, which nobody can steer. What was refused is not
 * remembered, so refusals push nobody else out.
 */
export function createGuard({ verify, refusals, now }: GuardOptions): Guard {
  const known = new LRUCache<string, { identity: Identity; until: number }>({ max: MAX_KNOWN });

  const permit = (identity: Identity, needs: Need): Identity => {
    if (needs === 'open' || needs === 'authenticated' || identity.scopes.has(needs))
      return identity;
    throw refusals.forbidden(needs);
  };
  const meet = async (authorization: string, digest: string, needs: Need): Promise<Identity> => {
    const credential = BEARER.exec(authorization)?.[1];
    if (credential === undefined) throw refusals.missing();
    const identity = await verify(credential);
    const until = Math.min(identity.expiresAt, now() + KNOWN_FOR_MS);
    known.set(digest, { identity, until });
    return permit(identity, needs);
  };

  return (needs, authorization) => {
    if (needs === 'open') return ANYONE;
    if (authorization === undefined) throw refusals.missing();
    const digest = hash('sha256', authorization, 'hex');
    const found = known.get(digest);
    if (found !== undefined && now() < found.until) return permit(found.identity, needs);
    return meet(authorization, digest, needs);
  };
}
