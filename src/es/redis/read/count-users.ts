import { mergeSamples } from '../../sketch/sample.js';
import { isHash } from '../samples/elements.js';
import { askEach } from './each.js';
import { createDaySamples, type SamplesOptions } from './samples.js';

/** The users of a segment over some days. */
export interface Days {
  segment: string;
  days: readonly number[];
}

/**
 * Counts small segments by the samples of their buckets, all over as many days; undefined for one that has more users than a
 * sample may have, or no complete samples. 0 may also be a bucket without a sample.
 *
 * @throws Failure `unavailable`
 */
export type CountUsers = (asked: readonly Days[]) => Promise<(number | undefined)[]>;

export function createCountUsers(options: SamplesOptions): CountUsers {
  const { redis, keys, gate, sampling } = options;
  const daySamples = createDaySamples(options);

  /** Counts one day, without reading who they were. */
  const countDay: CountUsers = async (asked) => {
    await sampling.known();
    const samples = asked.map(({ segment, days: [day] }) =>
      keys.sample(keys.prefix(segment) + keys.bucket(day as number)),
    );
    const replies = await askEach<number | string | null>(redis, gate, [
      ...samples.map((key) => ['scard', key] as const),
      ...samples.map((key) => ['srandmember', key] as const),
    ]);
    return asked.map(({ days: [day] }, index) => {
      const users = replies[index];
      const one = replies[asked.length + index];
      const isComplete = sampling.size > 0 && (day as number) >= sampling.firstDay;
      const isExact = one === null || (isComplete && isHash(Number(one)));
      return isExact && typeof users === 'number' ? users : undefined;
    });
  };

  return async (asked) => {
    if (asked.every(({ days }) => days.length === 1)) return countDay(asked);
    const samples = await daySamples(asked);
    return samples.map((each) => {
      const users = mergeSamples(each).hashes?.length;
      return users !== undefined && users <= sampling.size ? users : undefined;
    });
  };
}
