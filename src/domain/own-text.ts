/**
 * Copies a text. V8 keeps the whole text in memory as long as a part of it is used, such as a name within a line. So a part
 * that is kept for a long time must be copied.
 *
 * @param text well-formed Unicode
 */
export function ownText(text: string): string {
  return Buffer.from(text).toString();
}
