import { Failure } from '../../domain/failure.js';
import { shownName } from '../../domain/nearest.js';

const BACKSLASH = 0x5c;

/**
 * Checks that no object of a JSON text has the same member twice: each parser keeps one of the two, but not all parsers the
 * same one (RFC 8259, section 4).
 *
 * @param text the text that `value` was parsed from
 * @throws Failure `invalid`
 */
export function checkNoRepeats(text: string, value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  if (membersOfText(text) === membersOfValue(value)) return;
  const name = firstRepeated(text);
  throw new Failure('invalid', `the JSON has the member ${shownName(name)} twice in one object`, {
    code: 'invalid_json',
    field: shownName(name),
  });
}

/** The number of members in a JSON text. */
function membersOfText(text: string): number {
  let members = 0;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) {
    at = endOfString(text, at + 1);
    if (isName(text, at)) members += 1;
  }
  return members;
}

/** Whether the string that ends here is the name of a member: a colon follows. */
function isName(text: string, end: number): boolean {
  let behind = end + 1;
  while (text.charCodeAt(behind) <= 0x20) behind += 1;
  return text[behind] === ':';
}

/** @param from the index of the first character inside the string */
function endOfString(text: string, from: number): number {
  for (let end = text.indexOf('"', from); ; end = text.indexOf('"', end + 1)) {
    let first = end;
    while (first > from && text.charCodeAt(first - 1) === BACKSLASH) first -= 1;
    if ((end - first) % 2 === 0) return end;
  }
}

function membersOfValue(value: object): number {
  let members = 0;
  const left: object[] = [value];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const parts: unknown[] = Array.isArray(next) ? next : Object.values(next);
    if (parts !== next) members += parts.length;
    for (const part of parts) if (typeof part === 'object' && part !== null) left.push(part);
  }
  return members;
}

function firstRepeated(text: string): string {
  const open: Set<string>[] = [];
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '{') open.push(new Set());
    else if (text[at] === '}') open.pop();
    else if (text[at] === '"') {
      const end = endOfString(text, at + 1);
      if (isName(text, end)) {
        const name: string = JSON.parse(text.slice(at, end + 1));
        const names = open.at(-1);
        if (names?.has(name)) return name;
        names?.add(name);
      }
      at = end;
    }
  }
  throw new Error('no member is there twice');
}
