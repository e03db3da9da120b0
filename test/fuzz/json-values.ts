import type { Dice } from './dice.js';

/** JSON as text, because much of what is to be tried is no value of any language. */
export type JsonText = string;

const ODD_VALUES: readonly JsonText[] = [
  'null',
  'true',
  '0',
  '-0',
  '-1',
  '1.5',
  '1e400',
  '-1e400',
  '1e-400',
  '9007199254740993',
  '[]',
  '{}',
  '123456789012345678901234567890',
  'NaN',
  'Infinity',
  'undefined',
  '.5',
  '+1',
  '0x1',
  '01',
  '1.',
  '',
  '""',
  '"\\ud800"',
  '"\\udc00a"',
  '"\\ud83d\\ude00"',
  '"a\\u0000"',
  '"\\n"',
  '"\\u007f"',
  '"\\u0085"',
  '"\\q"',
  '"\\u12"',
  "'a'",
  '"a',
  'a',
  '"\t"',
  '/**/1',
  '"\\u2028"',
  '"\u2028"',
  '"%2e"',
  '" "',
  '["s1"]',
  '{"segment":"s1"}',
  '{"toString":1}',
  '[null]',
  '[[]]',
  '"__proto__"',
  '"constructor"',
  `"${'x'.repeat(257)}"`,
  `"${'я'.repeat(129)}"`,
  `"${'😀'.repeat(64)}"`,
  `"${'\\u0061'.repeat(256)}"`,
];

const ODD_TIMES: readonly JsonText[] = [
  '2001-01-01T00:00:00Z',
  '9999-12-31T23:59:59Z',
  '2026-13-45T99:99:99Z',
  '2026-02-30T00:00:00Z',
  '2026-05-23',
  '2026-05-23T09:30:00',
  '2026-05-23t09:30:00z',
  '2026-05-23T24:00:00Z',
  'now',
  '',
  '0000-01-01T00:00:00Z',
  '-000001-01-01T00:00:00Z',
  '+275760-09-13T00:00:00Z',
  '2026-06-30T23:59:60Z',
  '2026-05-23T09:30:00+99:99',
  '2026-05-23T09:30:00-00:00',
  '2026-05-23T09:30:00.123456789012345Z',
].map((time) => JSON.stringify(time));

const ODD_KEYS = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'length',
  'then',
  '',
  'Segment',
  'user_id',
  'segment',
  'occurred_at',
  'segments',
  'days',
  '\\u0073egment',
];

/** Some value, most often one that is not expected. */
export function makeValue(dice: Dice, depth = 0): JsonText {
  const kind = dice.below(12);
  if (kind < 7 || depth > 3) return dice.pick(ODD_VALUES);
  if (kind === 7) return dice.pick(ODD_TIMES);
  if (kind === 8) return String((dice.below(2e9) - 1e9) * 10 ** dice.below(30));
  if (kind === 9) return nest(dice, dice.chance(0.9) ? dice.below(50) : dice.below(5_000));
  const values = Array.from({ length: dice.below(4) }, () => makeValue(dice, depth + 1));
  if (kind === 10) return `[${values.join(',')}]`;
  return toObject(values.map((value) => [dice.pick(ODD_KEYS), value]));
}

/** Members, in order; a key may be there more than once. */
export type Members = [key: string, value: JsonText][];

export function toObject(members: Members): JsonText {
  return `{${members.map(([key, value]) => `"${key}":${value}`).join(',')}}`;
}

/** An object with something wrong in it. */
export function mutateMembers(members: Members, dice: Dice): Members {
  const mutated = [...members];
  do {
    const at = dice.below(mutated.length + 1);
    const [key] = mutated[at] ?? [dice.pick(ODD_KEYS)];
    const kind = dice.below(5);
    if (kind < 2) mutated.splice(at, 1, [key, makeValue(dice)]);
    else if (kind === 2) mutated.splice(at, 1);
    else if (kind === 3) mutated.splice(at, 0, [key, makeValue(dice)]);
    else mutated.push([dice.pick(ODD_KEYS), makeValue(dice)]);
  } while (dice.chance(0.3));
  return mutated;
}

/** The members of an object whose keys need no escapes. */
export function membersOf(object: Record<string, unknown>): Members {
  return Object.entries(object).map(([key, value]) => [key, JSON.stringify(value)]);
}

function nest(dice: Dice, depth: number): JsonText {
  return dice.chance(0.5)
    ? '['.repeat(depth) + ']'.repeat(dice.chance(0.8) ? depth : dice.below(depth + 1))
    : `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
}
