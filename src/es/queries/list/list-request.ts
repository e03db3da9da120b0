import { invalidField } from '../../../domain/failure.js';
import { parseName } from '../../../domain/membership.js';
import type { Order, Sort } from './table/segment-order.js';

/** Which segments are listed, and in which order. */
export interface ListRequest {
  /** The beginning of the names; empty for all names. */
  prefix: string;
  /** A text that the names contain, in upper or lower case; empty for all names. */
  search: string;
  sort: Sort;
  order: Order;
  limit: number;
  /** The cursor at which the list continues; empty for the start. */
  cursor: string;
  details: boolean;
}

export const DEFAULT_LIMIT = 100;
export const MAX_LIMIT = 1_000;

/**
 * Checks the parameters whose values are not a fixed choice of words.
 *
 * @throws Failure `invalid` that names the wrong parameter
 */
export function checkListRequest(request: ListRequest): void {
  const { prefix, search, limit } = request;
  if (prefix !== '') parseName('prefix', prefix);
  if (search !== '') parseName('search', search);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
    throw invalidField('limit', `must be a whole number from 1 to ${MAX_LIMIT}`);
  }
}
