import { LRUCache } from 'lru-cache';
import { Failure } from '../failure.js';

export interface RateLimitOptions {
  /** Requests a client may make each second in the long run; 0 lets it make as many as it likes. */
  perSecond: number;
  /** Requests it may make at once after a pause. */
  burst: number;
}

/** Counts what each client asks for. */
export interface RateLimit {
  /**
   * Takes one request of a client.
   *
   * @returns headers that tell it what is left, names and values in turn
   * @throws Failure `limited`, with those headers
   */
  take(client: string): string[];
}

interface Bucket {
  tokens: number;
  /** When they were counted, in milliseconds. */
  at: number;
}

/** Clients that are remembered; the one that asked for nothing for longest is forgotten first. */
const MAX_CLIENTS = 100_000;

/**
 * A token bucket for each client (Turner, "New directions in communications", 1986), and the headers of
 * draft-ietf-httpapi-ratelimit-headers. Each process counts by itself.
 *
 * @param now the clock, in milliseconds
 */
export function createRateLimit(
  { perSecond, burst }: RateLimitOptions,
  now: () => number,
): RateLimit | undefined {
  if (perSecond === 0) return undefined;
  const buckets = new LRUCache<string, Bucket>({ max: MAX_CLIENTS });
  const policy = `"default";q=${burst};w=${Math.ceil(burst / perSecond)}`;

  const headersOf = (tokens: number) => [
    ...['ratelimit-policy', policy],
    'ratelimit',
    `"default";r=${Math.floor(tokens)};t=${Math.ceil((burst - tokens) / perSecond)}`,
  ];
  return {
    take(client) {
      const at = now();
      const bucket = buckets.get(client) ?? { tokens: burst, at };
      const gained = Math.max(0, (at - bucket.at) / 1_000) * perSecond;
      bucket.tokens = Math.min(burst, bucket.tokens + gained);
      bucket.at = at;
      buckets.set(client, bucket);
      if (bucket.tokens < 1) {
        const wait = Math.ceil((1 - bucket.tokens) / perSecond);
        const told = headersOf(0);
        throw new Failure(
          'limited',
          `too many requests: at most ${perSecond} a second and ${burst} at once; try again`,
          {
            headers: {
              'retry-after': String(Math.max(1, wait)),
              'ratelimit-policy': policy,
              ratelimit: told[3] as string,
            },
          },
        );
      }
      bucket.tokens -= 1;
      return headersOf(bucket.tokens);
    },
  };
}
