import type { KnownRegions } from './known-regions.js';

/**
 * Whole numbers near the users of each region, which add up to what is known and to the counts of the sets. So all numbers
 * that are sums of them agree with each other.
 *
 * Regions of several sets are rounded, and what is left of each set is in it alone. Where too many are in a set, some of
 * them leave it for the same region without the set, which changes no other set.
 *
 * @param rates of each region, so that they add up to about the counts
 * @param counts of the users of each set
 */
export function wholeTable(
  rates: Float64Array,
  counts: readonly number[],
  known: KnownRegions,
): Float64Array {
  const table = rates.map((rate) => Math.round(rate));
  const fill = (own: number, isPart: (region: number) => boolean, count: number) => {
    const others = regionsWhere(table.length, (region) => region !== own && isPart(region));
    const surplus = others.reduce((sum, region) => sum + (table[region] as number), 0) - count;
    table[own] = Math.max(0, -surplus);
    return leavingOf(table, others, surplus);
  };
  for (let pattern = 1; pattern < table.length; pattern += 1) {
    if (pattern & ~known.sets) continue;
    const count = known.users[pattern] as number;
    const leaving = fill(pattern, (region) => (region & known.sets) === pattern, count);
    for (const [region, users] of leaving) add(table, region, -users);
  }
  for (const [set, count] of counts.entries()) {
    const own = 1 << set;
    if (known.sets & own) continue;
    for (const [region, users] of fill(own, (region) => (region & own) !== 0, count)) {
      add(table, region, -users);
      add(table, region ^ own, users);
    }
  }
  return table;
}

/** The regions for which something holds. */
export function regionsWhere(size: number, holds: (region: number) => boolean): number[] {
  return Array.from({ length: size }, (_, region) => region).filter(
    (region) => region > 0 && holds(region),
  );
}

/** Who leaves, from the largest regions first: a few users are the least change for them. */
function leavingOf(
  table: Float64Array,
  regions: readonly number[],
  surplus: number,
): [region: number, users: number][] {
  let left = Math.max(0, surplus);
  return [...regions]
    .sort((one, other) => (table[other] as number) - (table[one] as number))
    .map((region) => {
      const users = Math.min(left, table[region] as number);
      left -= users;
      return [region, users];
    });
}

function add(table: Float64Array, region: number, users: number): void {
  table[region] = (table[region] as number) + users;
}
