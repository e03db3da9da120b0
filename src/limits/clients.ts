import type { Attempts } from '../auth/attempts.js';
import type { Caller } from '../auth/caller.js';
import { ANYONE } from '../auth/guard.js';
import { createAttempts } from './attempts.js';
import { createClientAddress } from './client-address.js';
import { atMost, createRateLimit, type RateLimit, type RateLimitOptions } from './rate-limit.js';

/** Identifies clients and limits what each may ask for. REST and gRPC of a service share one instance. */
export interface Clients {
  /** The unique name of a client: the name of its identity, or `address:` and its address if it has no identity. */
  nameOf(caller: Caller): string;
  /** The limit on requests of clients; undefined if there is no limit. */
  quota: Quota | undefined;
  /** How often an address may fail to authenticate; undefined if there is no limit. */
  attempts: Attempts | undefined;
}

/**
 * Charges clients for memberships to store and segments to count. Each method that charges throws Failure `limited` if the client is over
 * its limit.
 */
export interface Quota {
  /** Maximum that one request may ask for. */
  burst: number;
  /** Charges 1 for a request when it arrives, whether it succeeds or fails. This covers its first membership or segment. */
  admit(caller: Caller): void;
  /** Charges what a request asks for, before the work is done. It charges everything or, if it throws, nothing. */
  charge(caller: Caller, count: number): void;
  /** Maximum size of a request in bytes: a larger one could never be charged. */
  maxBytes: number;
  /**
   * Charges 1 for each 64 KiB of a request that have arrived, before the service knows what the request asks for. The later
   * charge for the request is reduced by this amount.
   *
   * @param bytes all that have arrived, unzipped
   */
  prepay(caller: Caller, bytes: number): void;
  /** Charges for work that was done before its amount was known. */
  chargeAfterwards(caller: Caller, count: number): void;
  /** The headers that show a client what is left: name, value, name, value. */
  rateHeaders(caller: Caller): string[];
}

/**
 * @param trustedProxies whose `X-Forwarded-For` is trusted, as in `createClientAddress`
 * @param now the clock, in milliseconds
 */
export function createClients(
  { rateLimit, trustedProxies }: { rateLimit: RateLimitOptions; trustedProxies: string },
  now: () => number,
): Clients {
  const addressOf = createClientAddress(trustedProxies);
  const nameOf = (caller: Caller) => {
    const { identity = ANYONE } = caller;
    return identity === ANYONE ? `address:${addressOf(caller)}` : identity.name;
  };
  if (rateLimit.perSecond === 0) return { nameOf, quota: undefined, attempts: undefined };
  const requests = createRateLimit(rateLimit, `too many requests: ${atMost(rateLimit)}`, now);
  return {
    nameOf,
    quota: createQuota(requests, nameOf),
    attempts: createAttempts(rateLimit, requests, addressOf, now),
  };
}

/** Bytes that cost as much as one request: reading and parsing this much JSON takes about 0.5 ms. */
export const BYTES_FOR_ONE = 64 * 1024;

function createQuota(limit: RateLimit, nameOf: Clients['nameOf']): Quota {
  return {
    burst: limit.burst,
    admit(caller) {
      limit.take(nameOf(caller), 1);
      caller.prepaid = 1;
    },
    charge(caller, count) {
      const paid = Math.min(caller.prepaid, count);
      limit.take(nameOf(caller), count, paid);
      caller.prepaid -= paid;
    },
    maxBytes: limit.burst * BYTES_FOR_ONE,
    prepay(caller, bytes) {
      const count = Math.ceil(bytes / BYTES_FOR_ONE);
      if (count <= caller.prepaid) return;
      limit.takeMore(nameOf(caller), count, caller.prepaid);
      caller.prepaid = count;
    },
    chargeAfterwards(caller, count) {
      const paid = Math.min(caller.prepaid, count);
      caller.prepaid -= paid;
      limit.spend(nameOf(caller), count - paid);
    },
    rateHeaders: (caller) => limit.headers(nameOf(caller)),
  };
}
