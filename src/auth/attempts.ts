import {
  atMost,
  createRateLimit,
  type RateLimit,
  type RateLimitOptions,
} from '../limits/rate-limit.js';
import type { Peer } from './caller.js';
import type { Identity } from './identity.js';

/** Bounds what is tried to get in with: by address, as long as nobody knows who it is. */
export interface Attempts {
  /**
   * To be called before a credential is verified that is not known.
   *
   * @throws Failure `limited`
   */
  begin(peer: Peer): void;
  /** The credential was right after all, or nobody can tell now. */
  undo(peer: Peer): void;
  /**
   * There was no credential, or a wrong one.
   *
   * @throws Failure `limited`, to be told in place of what is wrong
   */
  failed(peer: Peer): void;
  /**
   * The credential is right, and not for this. That is a request like others of its client.
   *
   * @throws Failure `limited`, to be told in place of that
   */
  forbidden(identity: Identity): void;
}

/**
 * How many times as many credentials are verified as may be wrong. More than once, so that whoever guesses from an
 * address does not keep those out who come from it with a right one.
 */
const VERIFIED = 20;

/**
 * @param requests what each client may ask for
 * @param addressOf where a request is from
 * @param now the clock, in milliseconds
 */
export function createAttempts(
  options: RateLimitOptions,
  requests: RateLimit,
  addressOf: (peer: Peer) => string,
  now: () => number,
): Attempts {
  const { perSecond, burst } = options;
  const words = `too many wrong credentials from this address: ${atMost(options)}`;
  const wrong = createRateLimit(options, words, now);
  const more = { perSecond: VERIFIED * perSecond, burst: VERIFIED * burst };
  const verified = createRateLimit(more, words, now);
  return {
    begin: (peer) => verified.take(addressOf(peer), 1),
    undo: (peer) => verified.giveBack(addressOf(peer), 1),
    failed: (peer) => wrong.take(addressOf(peer), 1),
    forbidden: ({ name }) => requests.take(name, 1),
  };
}
