import { type Attempts, createAttempts } from '../auth/attempts.js';
import type { Caller } from '../auth/caller.js';
import { ANYONE } from '../auth/guard.js';
import { createClientAddress } from './client-address.js';
import { atMost, createRateLimit, type RateLimit, type RateLimitOptions } from './rate-limit.js';

/** Tells clients apart and bounds what each may ask for; the same one for every wire of a service. */
export interface Clients {
  /** A name that no other client has: that of its identity, or `address:` and its address where it has none. */
  nameOf(caller: Caller): string;
  /** What a client may ask for; undefined where that is anything. */
  quota: Quota | undefined;
  /** What an address may try to get in with; undefined where that is anything. */
  attempts: Attempts | undefined;
}

/** What a client may ask for, in memberships to store and segments to count. All throw Failure `limited` beyond it. */
export interface Quota {
  /** Most that may be asked for at once. */
  burst: number;
  /** Charges a request as it comes, whatever becomes of it. The first of what it asks for is paid by that. */
  admit(caller: Caller): void;
  /** Charges what a request asks for before it is done: all of it, or nothing. What asks for nothing has paid as it came. */
  charge(caller: Caller, count: number): void;
  /** Most bytes that anything may have, as they are charged. */
  maxBytes: number;
  /**
   * Charges a request for what has come of it, 1 for each 64 KiB, before it is known what it asks for: that is paid by it.
   *
   * @param bytes all so far, unzipped
   */
  prepay(caller: Caller, bytes: number): void;
  /** Charges what was done before it could be told how much it is. */
  chargeAfterwards(caller: Caller, count: number): void;
  /** Headers that tell a client what is left, names and values in turn. */
  tell(caller: Caller): string[];
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

/** Bytes that are charged as much as one request: to read and parse so much JSON takes some 0.5 ms. */
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
    tell: (caller) => limit.tell(nameOf(caller)),
  };
}
