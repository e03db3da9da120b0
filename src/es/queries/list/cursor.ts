import { invalidField } from '../../../domain/failure.js';
import type { ListRequest } from './list-request.js';
import type { Place } from './table/segment-order.js';

/**
 * A cursor contains the last segment of a page and the number that it was sorted by, not a position. So if a segment is
 * stored or deleted between two pages, no other segment moves, and any ES can continue the list of another ES. A segment
 * whose count changes so much that it passes the cursor may be listed twice, or not at all.
 */
export function encodeCursor(request: ListRequest, { number, name }: Place): string {
  return Buffer.from(JSON.stringify([...listOf(request), number, name])).toString('base64url');
}

/** @throws Failure `invalid` if the text is not a cursor, or is the cursor of another list */
export function decodeCursor(request: ListRequest, cursor: string): Place {
  const value = parseJson(Buffer.from(cursor, 'base64url').toString());
  const [sort, order, prefix, search, number, name, ...rest] = Array.isArray(value) ? value : [];
  if (typeof number !== 'number' || typeof name !== 'string' || rest.length > 0) {
    throw invalidField('cursor', 'must be the next_cursor of a page');
  }
  const own = listOf(request);
  if ([sort, order, prefix, search].some((part, index) => part !== own[index])) {
    throw invalidField('cursor', 'must go with the sort, order, prefix and search it is of');
  }
  return { number, name };
}

function listOf({ sort, order, prefix, search }: ListRequest): string[] {
  return [sort, order, prefix, search];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
