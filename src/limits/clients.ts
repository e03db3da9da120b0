import type { Attempts } from '../auth/attempts.js';
import type { Caller } from '../auth/caller.js';
import { ANYONE } from '../auth/guard.js';
import { createAttempts } from './attempts.js';
import { createClientAddress } from './client-address.js';
import { atMost, createRateLimit, type RateLimit, type RateLimitOptions } from './rate-limit.js';

/** Identifies clients and bounds what each may ask for. REST and gRPC of a service share one. */
export interface Clients {
  /** The unique name of a client: that of its identity, or `address:` and its address where it has no identity. */
  nameOf(caller: Caller): string;
  /** What a client may ask for; undefined where there is no limit. */
  quota: Quota | undefined;
  /** How often an address may fail to authenticate; undefined where there is no limit. */
  attempts: Attempts | undefined;
}

/**
 * Charges clients for memberships to store and segments to count. Each method that charges throws Failure `limited` if the client is over
 * its limit.
 */
export interface Quota {
  /** Most that may be asked for at once. */
  burst: number;
  /** Charges 1 for a request as it comes, whatever becomes of it. This covers its first membership or segment. */
  admit(caller: Caller): void;
  /** Charges what a request asks for before it is done: all of it or, where that throws, nothing. */
  charge(caller: Caller, count: number): void;
  /** Most bytes that a request may have: more could never be charged. */
  maxBytes: number;
  /**
   * Charges 1 for each 64 KiB of a request that have come, before it is known what the request asks for. The charge for
   * that is later reduced by this amount.
   *
   * @param bytes all that have come, unzipped
   */
  prepay(caller: Caller, bytes: number): void;
  /** Charges what was done before its amount was known. */
  chargeAfterwards(caller: Caller, count: number): void;
  /** The headers that show a client what is left: name, value, name, value. */
  rateHeaders(caller: Caller): string[];
}

/**
 * @param trustedProxies whose `X-Forwarded-For` is believed, as `createClientAddress` has it
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

/** Bytes that cost as much as one request: reading and parsing so much JSON takes some 0.5 ms. */
const BYTES_FOR_ONE = 64 * 1024;

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
