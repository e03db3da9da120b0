import { invalidField } from '../../domain/failure.js';
import { parseSegment } from '../../domain/membership.js';

/**
 * Checks a list of segments.
 *
 * @param field the name of the field, for the message
 * @param value the list; undefined means an empty list
 * @throws Failure `invalid` that names the wrong segment
 */
export function parseNames(
  field: string,
  value: unknown,
  [least, most]: readonly [number, number],
): string[] {
  const names = value === undefined ? [] : value;
  if (!Array.isArray(names)) throw invalidField(field, 'must be an array of segments');
  if (names.length < least || names.length > most) {
    const range = least === 0 ? `at most ${most}` : `${least} to ${most}`;
    throw invalidField(field, `must be ${range} segments, not ${names.length}`);
  }
  return names.map((name, index) => parseSegment(`${field}[${index}]`, name));
}

/** Checks that a value is one of the given words. @throws Failure `invalid` */
export function parseWord<Word extends string>(
  field: string,
  value: string,
  words: readonly Word[],
): Word {
  const word = words.find((one) => one === value);
  if (word !== undefined) return word;
  throw invalidField(field, `must be ${words.join(' or ')}`);
}
