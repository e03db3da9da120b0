import { inspect } from 'node:util';

/** What a terminal obeys or does not show: control characters, directions of writing, invisible and unassigned ones. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** No message has more to say than that. */
const MAX_CHARACTERS = 500;

/**
 * Text from elsewhere as a terminal may print it: one line, in which whatever a terminal would obey or hide stands as
 * `\u{1b}`, cut off when it is long.
 *
 * @param value anything; what is no text is shown as Node.js shows it
 */
export function terminalText(value: unknown): string {
  const text = typeof value === 'string' ? value : inspect(value, { breakLength: Infinity });
  const [...characters] = text.slice(0, 2 * MAX_CHARACTERS);
  const shown = characters.slice(0, MAX_CHARACTERS).join('').replace(UNSEEN, escapeCharacter);
  return text.length > MAX_CHARACTERS ? `${shown}…` : shown;
}

/** The message of an error, as a terminal may print it. */
export function terminalMessage(error: unknown): string {
  return terminalText(error instanceof Error ? error.message : error);
}

function escapeCharacter(character: string): string {
  return `\\u{${character.codePointAt(0)?.toString(16)}}`;
}
