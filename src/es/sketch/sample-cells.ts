import { type Sample, shareBelow } from './sample.js';

/** Users with hashes below some limits, which show that they are in some sets and not in others. */
export interface SampleCell {
  /** The regions that the users may be in. A region is a set of sets, as bits. */
  regions: readonly number[];
  count: number;
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
  const cells = Array.from(counts, ([key, count]) => ({
    regions: regionsLike(key & (size - 1), key >> samples.length, size),
    count,
  }));
  return { cells, exposure };
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
