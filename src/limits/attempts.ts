import type { Attempts } from '../auth/attempts.js';
import type { Peer } from '../auth/caller.js';
import { atMost, createRateLimit, type RateLimit, type RateLimitOptions } from './rate-limit.js';

/**
 * How many credentials are verified for each wrong one that is allowed. More than one, so that somebody who guesses does not
 * lock out others at the same address who have a right one.
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
