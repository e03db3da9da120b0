import { invalidField } from '../../domain/failure.js';
import type { Timestamp } from '../../generated/google/protobuf/timestamp.js';
import {
  type ListSegmentsRequest,
  type ListSegmentsResponse,
  SegmentSort,
  SortOrder,
} from '../../generated/segment.js';
import type { SegmentPage } from '../queries/list/list.js';
import { DEFAULT_LIMIT, type ListRequest } from '../queries/list/list-request.js';
import type { Order, Sort } from '../queries/list/table/segment-order.js';
import type { WithoutUsers } from '../queries/named-segments.js';

const SORTS: ReadonlyMap<SegmentSort, Sort> = new Map([
  [SegmentSort.SEGMENT_SORT_UNSPECIFIED, 'count'],
  [SegmentSort.SEGMENT_SORT_COUNT, 'count'],
  [SegmentSort.SEGMENT_SORT_NAME, 'name'],
  [SegmentSort.SEGMENT_SORT_LAST_ACTIVE, 'last_active'],
]);

const ORDERS: ReadonlyMap<SortOrder, Order> = new Map([
  [SortOrder.SORT_ORDER_ASC, 'asc'],
  [SortOrder.SORT_ORDER_DESC, 'desc'],
]);

/** @throws Failure `invalid` if the sort or the order is unknown */
export function parseListMessage({
  limit = DEFAULT_LIMIT,
  ...request
}: ListSegmentsRequest): ListRequest {
  const sort = SORTS.get(request.sort);
  if (sort === undefined) throw invalidField('sort', 'must be a SegmentSort');
  const usual = sort === 'name' ? 'asc' : 'desc';
  const order =
    request.order === SortOrder.SORT_ORDER_UNSPECIFIED ? usual : ORDERS.get(request.order);
  if (order === undefined) throw invalidField('order', 'must be a SortOrder');
  return { ...request, limit, sort, order };
}

export function toPageMessage({ segments, ...page }: SegmentPage): ListSegmentsResponse {
  return {
    ...withTimestamp(page),
    segments: segments.map((segment) => ({
      ...segment,
      userCount: segment.userCount ?? undefined,
      days: segment.days ?? [],
    })),
  };
}

/** An answer whose `asOf` is a google.protobuf.Timestamp. */
export function withTimestamp<T extends { asOf: string }>(answer: T) {
  return { ...answer, asOf: { seconds: Date.parse(answer.asOf) / 1_000, nanos: 0 } };
}

/** An answer with the segments that have no users; gRPC has no lists that are not there. */
export function withLists<T extends WithoutUsers>(answer: T) {
  const { unknown = [], empty = [] } = answer;
  return { ...answer, unknown, empty };
}

/** A moment in milliseconds as a google.protobuf.Timestamp. */
export function toTimestamp(ms: number): Timestamp {
  const seconds = Math.floor(ms / 1_000);
  return { seconds, nanos: Math.floor((ms - seconds * 1_000) * 1e6) };
}
