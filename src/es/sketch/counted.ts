import type { LikelihoodOf } from './likelihood.js';

/** How much more a count weighs than as many users who were seen one by one. */
const WEIGHT = 100;

/**
 * A likelihood to which the counts of the sets are added as if they were known: as a number with almost no error, Poisson
 * distributed so that rates near 0 stay positive. Its best rates add up to about these counts, set by set.
 */
export function withCounts(likelihoodOf: LikelihoodOf, counts: readonly number[]): LikelihoodOf {
  const size = 1 << counts.length;
  const regionsOf = counts.map((_, set) =>
    Array.from({ length: size }, (_, region) => region).filter((region) => region & (1 << set)),
  );
  return (rates) => {
    const result = likelihoodOf(rates);
    for (const [set, regions] of regionsOf.entries()) {
      const count = counts[set] as number;
      const total = regions.reduce((sum, region) => sum + (rates[region] as number), 0);
      result.value += WEIGHT * (count * Math.log(total / Math.max(count, 1)) - (total - count));
      for (const one of regions) {
        result.gradient[one] = (result.gradient[one] as number) + WEIGHT * (count / total - 1);
        for (const other of regions) {
          const at = one * size + other;
          result.hessian[at] = (result.hessian[at] as number) - (WEIGHT * count) / total ** 2;
        }
      }
    }
    return result;
  };
}
