import { invalidField } from '../../../domain/failure.js';
import { parseName } from '../../../domain/membership.js';
import type { Order, Sort } from './table/segment-order.js';

/** Which segments are listed, and how. */
export interface ListRequest {
  /** What names start with; empty: anything. */
  prefix: string;
  /** What names have in them, in upper or lower case; empty: anything. */
  search: string;
  sort: Sort;
  order: Order;
  limit: number;
  /** From where to go on; empty: from the start. */
  cursor: string;
  details: boolean;
}

export const DEFAULT_LIMIT = 100;
export const MAX_LIMIT = 1_000;

/**
 * Checks what of a request is more than a choice of words.
 *
 * @throws Failure `invalid`, naming the one at fault
 */
export function checkListRequest(request: ListRequest): void {
  const { prefix, search, limit } = request;
  if (prefix !== '') parseName('prefix', prefix);
  if (search !== '') parseName('search', search);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
    throw invalidField('limit', `must be a whole number from 1 to ${MAX_LIMIT}`);
  }
}
