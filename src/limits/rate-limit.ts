import { LRUCache } from 'lru-cache';
import { Failure } from '../domain/failure.js';

export interface RateLimitOptions {
  /** How many a client may take each second on average; 0 means no limit. */
  perSecond: number;
  /** How many it may take at once after a pause. */
  burst: number;
}

/** Counts how many each client has taken. */
export interface RateLimit {
  /** Maximum that a client can take in one step. */
  burst: number;
  /**
   * Takes an amount for a client: all of it or, if it throws, nothing.
   *
   * @param taken how much of the amount was taken before. @default 0
   * @throws Failure `limited`
   */
  take(client: string, amount: number, taken?: number): void;
  /**
   * Takes more for a request whose whole amount is not known yet. A refused client is told to wait until it may take twice
   * as much; otherwise its next try would be refused a little later, again and again.
   *
   * @param amount how much the request is so far
   * @param taken how much of the amount was taken before
   * @throws Failure `limited`
   */
  takeMore(client: string, amount: number, taken: number): void;
  /**
   * Takes an amount that a client has used already, down to 0.
   *
   * @throws Failure `limited` if it has used more than was left
   */
  spend(client: string, amount: number): void;
  /** Gives back what was taken and not used. */
  giveBack(client: string, amount: number): void;
  /** The headers that show a client what is left: name, value, name, value. */
  headers(client: string): string[];
}

interface Bucket {
  tokens: number;
  /** When the tokens were counted, in milliseconds. */
  at: number;
}

/** A limit in words. */
export function atMost({ perSecond, burst }: RateLimitOptions): string {
  return `at most ${perSecond} a second and ${burst} at once`;
}

/** Maximum of remembered clients, and of the total length of their names; the least recently used is forgotten first. */
const MAX_CLIENTS = 100_000;
const MAX_CLIENTS_LENGTH = 32 * 1024 * 1024;

/**
 * A token bucket for each client (Turner, "New directions in communications", 1986), and the headers of
 * draft-ietf-httpapi-ratelimit-headers. Each process counts by itself.
 *
 * @param words the beginning of a refusal; when to try again follows
 * @param now the clock, in milliseconds
 */
export function createRateLimit(
  { perSecond, burst }: RateLimitOptions,
  words: string,
  now: () => number,
): RateLimit {
  const buckets = new LRUCache<string, Bucket>({
    max: MAX_CLIENTS,
    maxSize: MAX_CLIENTS_LENGTH,
    sizeCalculation: (_bucket, client) => client.length + 1,
  });
  const policy = `"default";q=${burst};w=${Math.ceil(burst / perSecond)}`;

  const bucketOf = (client: string): Bucket => {
    const at = now();
    const bucket = buckets.get(client);
    if (bucket === undefined) {
      const full = { tokens: burst, at };
      buckets.set(client, full);
      return full;
    }
    const gained = Math.max(0, (at - bucket.at) / 1_000) * perSecond;
    bucket.tokens = Math.min(burst, bucket.tokens + gained);
    bucket.at = at;
    return bucket;
  };
  const refusal = (tokens: number, amount: number) => {
    if (amount > burst) return new Failure('limited', `${words}, not ${amount}`);
    const wait = Math.max(1, Math.ceil((amount - tokens) / perSecond));
    return new Failure('limited', `${words}; try again in ${wait} s`, {
      headers: { 'retry-after': String(wait) },
    });
  };
  return {
    burst,
    take(client, amount, taken = 0) {
      const bucket = bucketOf(client);
      if (bucket.tokens + taken < amount) throw refusal(bucket.tokens + taken, amount);
      bucket.tokens -= amount - taken;
    },
    takeMore(client, amount, taken) {
      const bucket = bucketOf(client);
      const more = amount - taken;
      if (bucket.tokens < more) {
        throw refusal(bucket.tokens, Math.max(amount, Math.min(burst, 2 * amount)));
      }
      bucket.tokens -= more;
    },
    spend(client, amount) {
      const bucket = bucketOf(client);
      const { tokens } = bucket;
      bucket.tokens = Math.max(0, tokens - amount);
      if (tokens < amount) throw refusal(0, 1);
    },
    giveBack(client, amount) {
      const bucket = bucketOf(client);
      bucket.tokens = Math.min(burst, bucket.tokens + amount);
    },
    headers(client) {
      const { tokens } = bucketOf(client);
      const left = `"default";r=${Math.floor(tokens)};t=${Math.ceil((burst - tokens) / perSecond)}`;
      return ['ratelimit-policy', policy, 'ratelimit', left];
    },
  };
}
