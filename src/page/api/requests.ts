import { credential } from '../state/credential.js';
import type {
  ListedCount,
  Overlap,
  SegmentEstimate,
  SegmentHistory,
  SegmentPage,
} from './answers.js';
import { RequestFailure } from './request-failure.js';

export type Sort = 'name' | 'count' | 'last_active';
export type Order = 'asc' | 'desc';

export interface ListQuery {
  search: string;
  sort: Sort;
  order: Order;
  cursor: string;
}

/** The number of segments on a page of the list. */
const PAGE_SIZE = 50;

/** Maximum of segments that are listed in one answer. */
const MAX_LIMIT = 1_000;

export function listSegments(query: ListQuery, signal: AbortSignal): Promise<SegmentPage> {
  return request(listPath(query, { limit: String(PAGE_SIZE), details: 'true' }), { signal });
}

/** As many segments as one answer can have, without their days. */
export function listCounts(
  query: ListQuery,
  signal: AbortSignal,
  limit = MAX_LIMIT,
): Promise<SegmentPage<ListedCount>> {
  return request(listPath(query, { limit: String(limit) }), { signal });
}

/** Takes only the parameters of lists from the query of a view, because ES refuses unknown parameters. */
function listPath(
  { search, sort, order, cursor }: ListQuery,
  more: Record<string, string>,
): string {
  return `segments?${new URLSearchParams({ search, sort, order, cursor, ...more })}`;
}

export function estimateSegment(
  segment: string,
  days: number,
  signal: AbortSignal,
): Promise<SegmentEstimate> {
  return request(`${pathOf(segment)}/estimate?days=${days}`, { signal });
}

export function historyOf(segment: string, signal: AbortSignal): Promise<SegmentHistory> {
  return request(`${pathOf(segment)}/history`, { signal });
}

export function overlapOf(
  segments: readonly string[],
  days: number,
  signal: AbortSignal,
): Promise<Overlap> {
  return request('overlap', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ segments, days }),
    signal,
  });
}

export async function deleteSegment(segment: string): Promise<void> {
  await request(pathOf(segment), { method: 'DELETE' });
}

/** Relative, so that the page works behind a proxy that serves it below another path. */
function pathOf(segment: string): string {
  if (segment === '.' || segment === '..') {
    throw new RequestFailure(0, `Browsers cannot ask for a segment with the name ${segment}`);
  }
  return `segment/${encodeURIComponent(segment)}`;
}

async function request<Answer>(path: string, options: RequestInit): Promise<Answer> {
  const headers = new Headers(options.headers);
  if (credential.get() !== '') headers.set('authorization', `Bearer ${credential.get()}`);
  const response = await fetch(path, { ...options, headers });
  const text = await response.text();
  if (!response.ok) throw toFailure(response, text);
  return text === '' ? (undefined as Answer) : (JSON.parse(text) as Answer);
}

function toFailure({ status, statusText }: Response, text: string): RequestFailure {
  let detail = statusText;
  try {
    detail = (JSON.parse(text) as { detail?: string }).detail ?? detail;
  } catch {
    // A proxy in between answers with its own text.
  }
  return new RequestFailure(status, detail);
}
