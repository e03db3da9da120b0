/**
 * Sets of users with known overlaps, many times over. A region is the users who are in just some of the sets, which are
 * bits: 0b101 are those in the first and the third set alone.
 */
export interface Family {
  title: string;
  sets: number;
  /** How many users each region has. */
  regions: ReadonlyMap<number, number>;
  /**
   * How many trials share a set, so that fewer memberships need to be stored: 1, or a prime from `sets` on. Then there are
   * as many trials as its square, and no two of them share more than one set.
   */
  uses: number;
  /** How many trials there are; only where each has sets of its own. */
  trials?: number;
  /** Whether each user comes on two days in a row, so that half of the users of a day are new. @default today alone */
  turnover?: boolean;
}

export interface Membership {
  segment: string;
  user: string;
  /** How many days ago the user was seen. */
  daysAgo: number;
}

const DAYS = 14;

/** The names of the segments of each trial, in the order of the bits. */
export function trialsOf(family: Family): string[][] {
  const { uses, sets } = family;
  const trials = uses === 1 ? (family.trials ?? 1) : uses * uses;
  return Array.from({ length: trials }, (_, trial) =>
    Array.from({ length: sets }, (_, set) => {
      // Lines of a plane over the numbers modulo a prime: two of them have at most one point in common.
      const copy = uses === 1 ? trial : (Math.floor(trial / uses) + set * (trial % uses)) % uses;
      return `${family.title} ${copy} ${'ABCDEF'[set]}`;
    }),
  );
}

/** All that is to be stored for a family. @param userPrefix other than in every other family */
export function* membershipsOf(family: Family, userPrefix: string): Generator<Membership> {
  const { regions, sets, uses, turnover = false } = family;
  let users = 0;
  function* seen(segments: readonly string[]): Generator<Membership> {
    const user = `${userPrefix}-${users}`;
    const first = turnover ? users % (DAYS + 1) : 0;
    users += 1;
    for (const segment of segments) {
      if (first < DAYS) yield { segment, user, daysAgo: first };
      if (turnover && first > 0) yield { segment, user, daysAgo: first - 1 };
    }
  }
  const trials = trialsOf(family);
  for (const segments of trials) {
    for (const [region, size] of regions) {
      const members = segments.filter((_, set) => (region >> set) & 1);
      if (members.length === 1) continue;
      for (let left = size; left > 0; left -= 1) yield* seen(members);
    }
  }
  // Whom a set shares in other trials, it has alone in this one.
  for (let set = 0; set < sets; set += 1) {
    const shared = sizeOf(family, (region) => isMember(region, set) && region !== 1 << set);
    const alone = (regions.get(1 << set) ?? 0) - (uses - 1) * shared;
    if (alone < 0) throw new Error(`${family.title}: too many trials share a set`);
    for (const segment of new Set(trials.map((segments) => segments[set] as string))) {
      for (let left = alone; left > 0; left -= 1) yield* seen([segment]);
    }
  }
}

/** How many users some regions have. */
export function sizeOf({ regions }: Family, isMeant: (region: number) => boolean): number {
  let sum = 0;
  for (const [region, size] of regions) if (isMeant(region)) sum += size;
  return sum;
}

export function isMember(region: number, set: number): boolean {
  return ((region >> set) & 1) === 1;
}
