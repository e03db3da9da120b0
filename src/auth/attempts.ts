import {
  atMost,
  createRateLimit,
  type RateLimit,
  type RateLimitOptions,
} from '../limits/rate-limit.js';
import type { Peer } from './caller.js';
import type { Identity } from './identity.js';

/** Limits wrong credentials by address, because the client is not identified yet. */
export interface Attempts {
  /**
   * To be called before an unknown credential is verified.
   *
   * @throws Failure `limited`
   */
  begin(peer: Peer): void;
  /** To be called if the credential was right, or could not be verified now. */
  undo(peer: Peer): void;
  /**
   * To be called if the credential was missing or wrong.
   *
   * @throws Failure `limited`, which is answered instead
   */
  failed(peer: Peer): void;
  /**
   * To be called if the credential is right, but lacks a scope. This counts as a request of its client.
   *
   * @throws Failure `limited`, which is answered instead
   */
  forbidden(identity: Identity): void;
}

/**
 * How many credentials are verified for each wrong one that is allowed. More than one, so that a client that guesses
 * credentials does not lock out clients with a right one at the same address.
 */
const VERIFIED_PER_WRONG = 20;

/**
 * @param options how many wrong credentials an address may send
 * @param requests the rate limit of requests
 * @param addressOf the address of a client
 * @param now the clock, in milliseconds
 */
export function createAttempts(
  options: RateLimitOptions,
  requests: RateLimit,
  addressOf: (peer: Peer) => string,
  now: () => number,
): Attempts {
  const { perSecond, burst } = options;
  const message = `too many wrong credentials from this address: ${atMost(options)}`;
  const wrong = createRateLimit(options, message, now);
  const more = { perSecond: VERIFIED_PER_WRONG * perSecond, burst: VERIFIED_PER_WRONG * burst };
  const verified = createRateLimit(more, message, now);
  return {
    begin: (peer) => verified.take(addressOf(peer), 1),
    undo: (peer) => verified.giveBack(addressOf(peer), 1),
    failed: (peer) => wrong.take(addressOf(peer), 1),
    forbidden: ({ name }) => requests.take(name, 1),
  };
}
