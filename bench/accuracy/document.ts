/** What the part begins with that is measured through the services. */
export const SERVICE_HEADING = '## Through the services';

/** A document with another part, which is at its end. @param part begins with its heading */
export function withPart(document: string, part: string): string {
  return `${withoutPart(document).trimEnd()}\n\n${part}`;
}

/** The part of a document that `withPart` has put there; empty if there is none. */
export function partOf(document: string): string {
  return document.slice(withoutPart(document).length);
}

function withoutPart(document: string): string {
  const at = document.indexOf(`\n${SERVICE_HEADING}\n`);
  return at === -1 ? document : document.slice(0, at + 1);
}
