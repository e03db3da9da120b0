/**
 * The same text, in memory of its own. A part of a text, such as a name of a line, has V8 keep the whole, so what is kept
 * for long is copied before.
 *
 * @param text well-formed Unicode
 */
export function ownText(text: string): string {
  return Buffer.from(text).toString();
}
