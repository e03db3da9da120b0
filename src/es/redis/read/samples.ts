import { exactSample, NO_SAMPLE, type Sample } from '../../sketch/sample.js';
import type { RedisClient } from '../client.js';
import { isReply, redisFailure } from '../failures.js';
import type { Keys } from '../keys.js';
import { numbersOfDump } from '../samples/dump.js';
import { sampleOf } from '../samples/elements.js';
import { mostCounted } from '../samples/plausible.js';
import type { Sampling } from '../samples/sampling.js';
import type { Gate } from '../silent-primaries.js';
import { askEach } from './each.js';

export interface SamplesOptions {
  redis: RedisClient;
  keys: Keys;
  gate: Gate;
  sampling: Sampling;
}

/**
 * Reads the samples of some buckets of segments. A day without memberships has an exact sample without users.
 *
 * @throws Failure `unavailable`
 */
export type DaySamples = (
  asked: readonly { segment: string; days: readonly number[] }[],
) => Promise<Sample[][]>;

export function createDaySamples({ redis, keys, gate, sampling }: SamplesOptions): DaySamples {
  return async (asked) => {
    await sampling.known().catch(() => {});
    const buckets = asked.flatMap(({ segment, days }) =>
      days.map((day) => keys.prefix(segment) + keys.bucket(day)),
    );
    // In this order: a bucket is never there before its sample is. It counts at least 1.
    const replies = await askEach<number | Buffer | null>(
      redis,
      gate,
      buckets.flatMap((key) => [['pfcount', key] as const, ['dump', keys.sample(key)] as const]),
    );
    let at = 0;
    const next = () => {
      const reply = replies[at];
      at += 1;
      if (reply instanceof Error && !isReply(reply)) throw redisFailure(reply);
      return reply;
    };
    const read = (day: number) => {
      const [counted, dump] = [next(), next()];
      if (counted === 0) return NO_USERS;
      const isComplete = sampling.size > 0 && day >= sampling.firstDay;
      if (!isComplete || !Buffer.isBuffer(dump)) return NO_SAMPLE;
      const sample = sampleOf(numbersOfDump(dump));
      const { hashes } = sample;
      return hashes && !(Number(counted) <= mostCounted(hashes.length)) ? NO_SAMPLE : sample;
    };
    return asked.map(({ days }) => days.map(read));
  };
}

const NO_USERS = exactSample([]);
