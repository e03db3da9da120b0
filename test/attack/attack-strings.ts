import { RegExpParser, visitRegExpAST } from '@eslint-community/regexpp';

/** Characters that stand for sets of them; the first that is in a set is taken. */
const SAMPLES = Array.from('a0 A_-./:"\t\n\r\x7f\u00e9\u{1f600}');

/** What ends a string so that nothing matches it. */
const ENDINGS = ['', '\0', '\n\0'];

/**
 * Strings that are hard on a regular expression: each part of it, and each run of its parts up to there, repeated,
 * behind a beginning that matches what is before.
 *
 * @param length of each, in UTF-16 units
 */
export function attackStrings({ source, flags }: RegExp, length: number): string[] {
  const pattern = new RegExpParser().parsePattern(source, 0, source.length, flags.includes('u'));
  const parts: string[] = [];
  const add = ({ raw }: { raw: string }) => parts.push(sampleOf(raw, flags));
  visitRegExpAST(pattern, {
    onCharacterEnter: (character) => {
      if (!character.parent.type.startsWith('CharacterClass')) add(character);
    },
    onCharacterSetEnter: (set) => {
      if (set.parent.type !== 'CharacterClass') add(set);
    },
    onCharacterClassEnter: (set) => add(set),
  });
  const before = parts.map((_, at) => parts.slice(0, at).join(''));
  const strings = new Set<string>();
  parts.forEach((part, at) => {
    for (const pump of new Set([part, before[at] + part, part + (parts[at + 1] ?? '')])) {
      for (const start of new Set(['', before[at] as string])) {
        const repeated = pump.repeat(Math.ceil((length - start.length) / pump.length));
        for (const end of ENDINGS) strings.add(start + repeated + end);
      }
    }
  });
  return [...strings];
}

/** A character that a part of an expression matches. */
function sampleOf(raw: string, flags: string): string {
  const part = new RegExp(`^(?:${raw})$`, flags.replace(/[gy]/g, ''));
  const literal = raw.length === 1 ? [raw] : [];
  return [...literal, ...SAMPLES].find((sample) => part.test(sample)) ?? '\ufffd';
}
