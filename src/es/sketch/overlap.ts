import { type Estimate, exactEstimate, isReliable, uncertain } from './estimate.js';
import { profileInterval } from './profile.js';
import { JACCARD } from './quantity.js';
import type { SketchedSet } from './sketched-set.js';
import { type Selection, type Venn, vennOf } from './venn.js';

/** How two sets of users overlap. `onlyFirst`, `onlySecond` and `both` add up to `union`. */
export interface OverlapEstimate {
  onlyFirst: Estimate;
  onlySecond: Estimate;
  both: Estimate;
  union: Estimate;
  /** The part of the union that is in both sets, from 0 to 1; 0 if there are no users. */
  jaccard: Estimate;
  /** Whether `both` is reliable: see `isReliable`. */
  reliable: boolean;
}

const BOTH = 3;

/** How two sets overlap. */
export function estimateOverlap(first: SketchedSet, second: SketchedSet): OverlapEstimate {
  const venn = vennOf([first, second]);
  return overlapOf(venn, (selection) => venn.estimate(selection));
}

/**
 * How two of several sets overlap: with the numbers of the diagram of all sets, so that they agree with those of other sets,
 * and with the intervals of the two sets, which are much faster to find. Each is extended to hold its number.
 *
 * @param venn of all sets
 * @param positions of the two sets
 */
export function estimatePair(
  venn: Venn,
  pair: readonly [SketchedSet, SketchedSet],
  [first, second]: readonly [number, number],
): OverlapEstimate {
  const within = (region: number) => ((region >> first) & 1) | (((region >> second) & 1) << 1);
  const own = vennOf(pair);
  return overlapOf(own, (selection) => {
    const estimate = own.estimate(selection);
    if (estimate.exact) return estimate;
    const value = venn.table().reduce((sum, users, region) => {
      return within(region) > 0 && selection(within(region)) ? sum + users : sum;
    }, 0);
    return uncertain(value, estimate.interval);
  });
}

function overlapOf(venn: Venn, estimate: (selection: Selection) => Estimate): OverlapEstimate {
  const [onlyFirst, onlySecond, both] = [1, 2, BOTH].map((part) =>
    estimate((region) => region === part),
  ) as [Estimate, Estimate, Estimate];
  const parts = { onlyFirst, onlySecond, both, union: estimate(() => true) };
  return { ...parts, jaccard: jaccardOf(venn, parts), reliable: isReliable(both) };
}

/**
 * The ends are those of the profile and half a user beyond, as both numbers are whole; but not beyond what the ends of the
 * three parts allow, which are better for few users.
 */
function jaccardOf(
  venn: Venn,
  parts: Pick<OverlapEstimate, 'onlyFirst' | 'onlySecond' | 'both' | 'union'>,
): Estimate {
  const { onlyFirst, onlySecond, both, union } = parts;
  const value = shareOf(both.value, union.value);
  if (both.exact && (union.exact || both.value === 0)) return exactEstimate(value);
  const { low, high } = profileInterval(venn.fitted(), JACCARD);
  const [first, second, shared] = [onlyFirst.interval, onlySecond.interval, both.interval];
  const half = 0.5 / union.value;
  return uncertain(value, {
    low: Math.max(low - half, shareOf(shared.low, shared.low + first.high + second.high)),
    high: Math.min(high + half, shareOf(shared.high, shared.high + first.low + second.low)),
  });
}

function shareOf(some: number, all: number): number {
  return all === 0 ? 0 : some / all;
}
