import { isExact, type Sample } from './sample.js';

/** What is known for sure of the regions of sets: those of the sets whose users are all known. */
export interface KnownRegions {
  /** The sets whose users are all known, as bits. */
  sets: number;
  /** How many users are in just these of the known sets (as bits); 0 for no set. */
  users: Float64Array;
}

/** Set algebra on the hashes of all users. */
export function knownRegionsOf(samples: readonly Sample[]): KnownRegions {
  const patterns = new Map<number, number>();
  let sets = 0;
  for (const [set, sample] of samples.entries()) {
    if (!isExact(sample)) continue;
    sets |= 1 << set;
    for (const hash of sample.hashes ?? []) {
      patterns.set(hash, (patterns.get(hash) ?? 0) | (1 << set));
    }
  }
  const users = new Float64Array(1 << samples.length);
  for (const pattern of patterns.values()) users[pattern] = (users[pattern] as number) + 1;
  return { sets, users };
}
