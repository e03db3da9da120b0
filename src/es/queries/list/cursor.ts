import { invalidField } from '../../../domain/failure.js';
import type { ListRequest } from './list-request.js';
import type { Place } from './table/segment-order.js';

/**
 * A cursor names the last segment of a page with what it was sorted by, not a position. So a segment that comes or
 * goes between two pages moves no other one, and any ES goes on where another one stopped. One whose count changes
 * so much that it passes the cursor may be seen twice, or not at all.
 */
export function encodeCursor(request: ListRequest, { number, name }: Place): string {
  return Buffer.from(JSON.stringify([...listOf(request), number, name])).toString('base64url');
}

/** @throws Failure `invalid` when it is no cursor, or that of another list */
export function decodeCursor(request: ListRequest, cursor: string): Place {
  const value = parseJson(Buffer.from(cursor, 'base64url').toString());
  const [sort, order, prefix, search, number, name, ...more] = Array.isArray(value) ? value : [];
  if (typeof number !== 'number' || typeof name !== 'string' || more.length > 0) {
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
