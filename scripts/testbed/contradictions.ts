/** A number of users as ES answers it. */
export interface UsersAnswer {
  user_count: number;
  interval: { low: number; high: number };
  exact: boolean;
}

interface Pair {
  segments: string[];
  union: UsersAnswer;
  intersection: UsersAnswer;
  only_first: UsersAnswer;
  only_second: UsersAnswer;
  jaccard: { value: number; interval: { low: number; high: number } };
}

/** An answer to `POST /overlap`. */
export interface OverlapAnswer {
  segments: (UsersAnswer & { segment: string })[];
  union: UsersAnswer;
  intersection: UsersAnswer;
  pairs: Pair[];
}

/** What in an overlap cannot be true of any sets of users, in words; nothing if it agrees with itself. */
export function contradictionsOf(overlap: OverlapAnswer): string[] {
  const { segments, union, intersection, pairs } = overlap;
  const found: string[] = [];
  const check = (holds: boolean, what: string) => {
    if (!holds) found.push(what);
  };
  const sizes = segments.map(({ user_count }) => user_count);
  const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);
  for (const [name, { user_count, interval }] of Object.entries(namedUsers(overlap))) {
    check(
      interval.low <= user_count && user_count <= interval.high,
      `${name} is not in its interval`,
    );
  }
  const shared = pairs.map((pair) => pair.intersection.user_count);
  check(union.user_count >= Math.max(...sizes), 'the union is smaller than a segment');
  check(union.user_count <= sum(sizes), 'the union is larger than all segments');
  check(union.user_count >= sum(sizes) - sum(shared), 'the union lacks users of its parts');
  check(intersection.user_count <= Math.min(...sizes), 'the intersection is larger than a segment');
  if (segments.length === 3) {
    const parts = sum(sizes) - sum(shared) + intersection.user_count;
    check(
      union.user_count === parts,
      `the parts of the union are ${parts}, not ${union.user_count}`,
    );
  }
  for (const pair of pairs) {
    const { only_first, only_second, jaccard } = pair;
    const both = pair.intersection.user_count;
    const either = pair.union.user_count;
    const [first = Number.NaN, second = Number.NaN] = pair.segments.map(
      (name) => segments.find(({ segment }) => segment === name)?.user_count,
    );
    const name = pair.segments.join(' and ');
    check(only_first.user_count + both === first, `${name}: the first is not the sum of its parts`);
    check(
      only_second.user_count + both === second,
      `${name}: the second is not the sum of its parts`,
    );
    check(first + second - both === either, `${name}: the union is not the sum of its parts`);
    check(either <= union.user_count, `${name}: the union is larger than that of all`);
    check(both >= intersection.user_count, `${name}: the intersection is smaller than that of all`);
    const index = either === 0 ? 1 : both / either;
    const rounding = 1e-4 + 1 / Math.max(1, either);
    check(
      Math.abs(jaccard.value - index) <= rounding,
      `${name}: Jaccard is ${jaccard.value}, not ${index}`,
    );
    const { low, high } = jaccard.interval;
    check(low <= jaccard.value && jaccard.value <= high, `${name}: Jaccard is not in its interval`);
  }
  return found;
}

/** Each number of users of an overlap, by what it is. */
export function namedUsers({
  segments,
  union,
  intersection,
  pairs,
}: OverlapAnswer): Record<string, UsersAnswer> {
  return {
    ...Object.fromEntries(segments.map((one) => [one.segment, one])),
    'the union': union,
    'the intersection': intersection,
    ...Object.fromEntries(
      pairs.flatMap((pair) =>
        (['union', 'intersection', 'only_first', 'only_second'] as const).map((part) => [
          `${part} of ${pair.segments.join(' and ')}`,
          pair[part],
        ]),
      ),
    ),
  };
}
