import { type Estimate, exactEstimate, toEstimate, uncertain } from './estimate.js';
import { type Fit, fitCounts, fitRegions } from './fit.js';
import type { CountEstimate, Interval } from './interval.js';
import { knownRegionsOf } from './known-regions.js';
import { profileInterval } from './profile.js';
import { usersOf } from './quantity.js';
import { estimateSet, mergeSets, type SketchedSet, trusted } from './sketched-set.js';
import { regionsWhere, wholeTable } from './table.js';

/** By how much a number may miss an interval, in users. */
const ALMOST = 0.2;

/**
 * From so many sets on, the interval of their union is that of their merge. No region can be negative, so many regions without
 * users make the profile of a union a little too low; the merge knows no regions.
 */
const MANY_SETS = 5;

/** Selects regions of a Venn diagram. A region is a set of sets, as bits: the users in just these sets. */
export type Selection = (region: number) => boolean;

/** The Venn diagram of sets. */
export interface Venn {
  /** The sizes of the sets, as they are reported of each alone. */
  sizes: readonly CountEstimate[];
  /** The users of the selected regions: whole numbers that agree with each other and with `sizes`. */
  estimate(selection: Selection): Estimate;
  /** The users of each region. */
  table(): Float64Array;
  /** The rates that are most likely, whatever sizes are reported; fitted once, when it is needed. */
  fitted(): Fit;
}

/**
 * The users of each region, by one joint maximum likelihood of all sets (Ertl, "New cardinality estimation algorithms for
 * HyperLogLog sketches", 2017, arXiv 1702.01284, for k sets as in `likelihoodOf`, with samples as in `jointLikelihoodOf`).
 * It compares the sets register by register and hash by hash. So it is more accurate than inclusion and exclusion, which
 * adds the errors of several counts. What follows from sets whose users are all known is not estimated.
 *
 * Numbers come from the most likely rates with the reported sizes, and intervals from the profile of the likelihood without
 * them (`profileInterval`), as these have errors of their own; an interval is extended to hold its number.
 */
export function vennOf(given: readonly SketchedSet[]): Venn {
  const sets = given.map(trusted);
  const size = 1 << sets.length;
  const sizes = sets.map(estimateSet);
  const known = knownRegionsOf(sets.map(({ sample }) => sample));
  const fitted = once(() => fitRegions(sets, estimateSet(mergeSets(sets)).count));
  const table = once(() => {
    if (known.sets === size - 1) return known.users;
    const counts = sizes.map(({ count }) => count);
    return wholeTable(fitCounts(fitted(), counts).rates, counts, known);
  });
  const empty = bitsOf(sizes, ({ count }) => count === 0);
  const estimate = (selection: Selection): Estimate => {
    const select = (region: number) => (region & empty) === 0 && selection(region);
    const regions = regionsWhere(size, select);
    const all = regionsWhere(size, (region) => (region & empty) === 0);
    if (isKnown(all, known.sets, select)) return exactEstimate(sumOf(known.users, regions));
    const same = sizes.findIndex((_, set) =>
      all.every((region) => select(region) === Boolean(region & (1 << set))),
    );
    if (same >= 0) return toEstimate(sizes[same] as CountEstimate);
    const value = sumOf(table(), regions);
    const union = sets.filter((_, set) => select(1 << set));
    const isUnion = regions.length === 2 ** sets.length - 2 ** (sets.length - union.length);
    if (isUnion && union.length >= MANY_SETS) {
      return uncertain(value, estimateSet(mergeSets(union)).interval);
    }
    const interval = wholeInterval(profileInterval(fitted(), usersOf(regions, size)));
    return uncertain(value, clipped(interval, regions, sizes));
  };
  return { sizes, estimate, table, fitted };
}

/** Whether a selection says of users of the known sets alone whether they are selected, and selects no others. */
function isKnown(regions: readonly number[], known: number, select: Selection): boolean {
  return regions.every((region) =>
    region & known ? select(region) === select(region & known) : !select(region),
  );
}

/**
 * The whole numbers in an interval, and those that are almost in it: between whole numbers the likelihood of few users is
 * not accurate.
 */
function wholeInterval({ low, high }: Interval): Interval {
  return { low: Math.max(0, Math.ceil(low - ALMOST)), high: Math.floor(high + ALMOST) };
}

/**
 * Users of some regions are at most those of a set that has all these regions, or of all sets, and at least those of a set
 * within them.
 */
function clipped(
  { low, high }: Interval,
  regions: readonly number[],
  sizes: readonly CountEstimate[],
): Interval {
  const together = sizes.reduce((sum, size) => sum + size.interval.high, 0);
  const interval = { low, high: Math.min(high, together) };
  for (const [set, size] of sizes.entries()) {
    const bit = 1 << set;
    const own = regions.filter((region) => region & bit).length;
    if (own === regions.length) interval.high = Math.min(interval.high, size.interval.high);
    if (own === 1 << (sizes.length - 1)) interval.low = Math.max(interval.low, size.interval.low);
  }
  return interval;
}

function sumOf(table: Float64Array, regions: readonly number[]): number {
  return regions.reduce((sum, region) => sum + (table[region] as number), 0);
}

function bitsOf<Item>(items: readonly Item[], holds: (item: Item) => boolean): number {
  return items.reduce((bits, item, index) => (holds(item) ? bits | (1 << index) : bits), 0);
}

function once<Value>(make: () => Value): () => Value {
  let made: { value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
