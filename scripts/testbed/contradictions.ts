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
  for (const [name, { user_count, interval }] of Object.entries(namedUsers(overlap))) {
    const { low, high } = interval;
    const isWhole = [low, user_count, high].every((one) => Number.isSafeInteger(one) && one >= 0);
    check(isWhole, `${name} is no whole number: ${low}, ${user_count}, ${high}`);
    check(low <= user_count && user_count <= high, `${name} is not in its interval`);
  }
  const sizes = segments.map(({ user_count }) => user_count);
  const parts = sum(sizes) - sum(pairs.map((pair) => pair.intersection.user_count));
  check(union.user_count >= Math.max(...sizes), 'the union is smaller than a segment');
  check(union.user_count <= sum(sizes), 'the union is larger than all segments');
  check(union.user_count >= parts, 'the union lacks users of its parts');
  check(intersection.user_count <= Math.min(...sizes), 'the intersection exceeds a segment');
  if (segments.length === 3) {
    const whole = parts + intersection.user_count;
    check(union.user_count === whole, `the union is ${union.user_count}, its parts ${whole}`);
  }
  for (const pair of pairs) {
    for (const what of contradictionsOfPair(overlap, pair)) {
      found.push(`${pair.segments.join(' and ')}: ${what}`);
    }
  }
  return found;
}

function contradictionsOfPair({ segments, union, intersection }: OverlapAnswer, pair: Pair) {
  const found: string[] = [];
  const check = (holds: boolean, what: string) => {
    if (!holds) found.push(what);
  };
  const { only_first, only_second, jaccard } = pair;
  const both = pair.intersection.user_count;
  const either = pair.union.user_count;
  const [first = Number.NaN, second = Number.NaN] = pair.segments.map(
    (name) => segments.find(({ segment }) => segment === name)?.user_count,
  );
  check(only_first.user_count + both === first, 'the first is not the sum of its parts');
  check(only_second.user_count + both === second, 'the second is not the sum of its parts');
  check(first + second - both === either, 'the union is not the sum of its parts');
  check(either <= union.user_count, 'the union is larger than that of all');
  check(both >= intersection.user_count, 'the intersection is smaller than that of all');
  const index = either === 0 ? jaccard.value : both / either;
  const rounding = 1e-4 + 1 / Math.max(1, either);
  const { value, interval } = jaccard;
  check(Math.abs(value - index) <= rounding, `Jaccard is ${value}, not ${index}`);
  check(interval.low <= value && value <= interval.high, 'Jaccard is not in its interval');
  return found;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
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
