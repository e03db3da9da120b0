import { type Sample, shareBelow } from './sample.js';

/** Users with hashes below some limits, which show that they are in some sets and not in others. */
export interface SampleCell {
  /** The regions that the users may be in. A region is a set of sets, as bits. */
  regions: readonly number[];
  count: number;
  /** How many users more the regions would need to have as many hashes of different users that look the same. */
  lookalikes: number;
}

/** Everything that samples show about the number of users in each region. */
export interface SampleObservation {
  cells: SampleCell[];
  /** For each region, the share of its users that samples show. */
  exposure: Float64Array;
}

/**
 * Compares samples of sets, hash by hash. Of a hash only those samples tell something whose limit is above it; the others
 * may have it or not. So each hash that was seen belongs to one of the regions that look alike to the samples that tell.
 */
export function observeSamples(samples: readonly Sample[]): SampleObservation {
  const members = membersOf(samples);
  const counts = new Map<number, number>();
  for (const [code, pattern] of members) {
    const telling = bitsOf(samples, ({ limit }) => code < limit);
    const key = (telling << samples.length) | pattern;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const size = 1 << samples.length;
  const shares = samples.map(({ limit }) => shareBelow(limit));
  const exposure = new Float64Array(size).map((_, region) =>
    Math.max(0, ...shares.filter((_, set) => region & (1 << set))),
  );
  const cells = Array.from(counts, ([key, count]) => {
    const regions = regionsLike(key & (size - 1), key >> samples.length, size);
    const shown = Math.max(...regions.map((region) => exposure[region] as number));
    return { regions, count, lookalikes: lookalikesOf(key, size, counts) / shown };
  });
  return { cells, exposure };
}

/** The probability that two hashes of a sample have the same code: a code keeps 26 bits below the first one. */
const SAME_CODE = 0.5 * 2 ** -26;

/** How many users in some sets are expected to have the code of one in others, so that one seems to be in all of these. */
function lookalikesOf(key: number, size: number, counts: ReadonlyMap<number, number>): number {
  const [telling, pattern] = [key - (key & (size - 1)), key & (size - 1)];
  let pairs = 0;
  for (let one = (pattern - 1) & pattern; one > 0; one = (one - 1) & pattern) {
    const count = counts.get(telling | one) ?? 0;
    for (let other = one - 1; count > 0 && other > 0; other -= 1) {
      if ((one | other) === pattern) {
        pairs += count * (counts.get(telling | other) ?? 0);
      }
    }
  }
  return SAME_CODE * pairs;
}

/** The sets that have each code, as bits. */
function membersOf(samples: readonly Sample[]): Map<number, number> {
  const members = new Map<number, number>();
  for (const [set, { codes }] of samples.entries()) {
    for (const code of codes) members.set(code, (members.get(code) ?? 0) | (1 << set));
  }
  return members;
}

function bitsOf(samples: readonly Sample[], holds: (sample: Sample) => boolean): number {
  return samples.reduce((bits, sample, set) => (holds(sample) ? bits | (1 << set) : bits), 0);
}

function regionsLike(pattern: number, telling: number, size: number): number[] {
  return Array.from({ length: size }, (_, region) => region).filter(
    (region) => (region & telling) === pattern,
  );
}
