import type { ListQuery, Order, Sort } from '../api/requests.js';

/**
 * The state that the page shows. All of it is in the fragment of the URL (after `#`), so each view has its own link, and no
 * path of the page conflicts with a path of the API.
 */
export type Route =
  | ({ view: 'segments' } & ListQuery)
  | { view: 'segment'; segment: string; days: number | undefined }
  | { view: 'overlap'; segments: string[]; days: number | undefined }
  | { view: 'nothing' };

export const ALL_SEGMENTS: Extract<Route, { view: 'segments' }> = {
  view: 'segments',
  search: '',
  sort: 'count',
  order: 'desc',
  cursor: '',
};

/** The maximum of segments whose overlap circles can show. */
export const MAX_CIRCLES = 3;

const SORTS: readonly Sort[] = ['name', 'count', 'last_active'];
const SEGMENT = /^\/segment\/([^/]+)$/;

/** @param hash begins with `#`, or is empty */
export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = split(hash.replace(/^#/, ''), '?');
  const parameters = new URLSearchParams(query);
  const days = parseDays(parameters.get('days'));
  if (path === '' || path === '/') return parseList(parameters);
  if (path === '/overlap') {
    const segments = [...new Set(parameters.getAll('segment').filter(Boolean))];
    return { view: 'overlap', segments: segments.slice(0, MAX_CIRCLES), days };
  }
  const segment = decode(SEGMENT.exec(path)?.[1]);
  return segment === undefined ? { view: 'nothing' } : { view: 'segment', segment, days };
}

/** The link of a route, without parameters that have their default value. */
export function formatRoute(route: Route): string {
  const parameters = new URLSearchParams();
  if (route.view === 'segments') {
    const { search, sort, order, cursor } = route;
    if (search !== '') parameters.set('search', search);
    if (sort !== ALL_SEGMENTS.sort) parameters.set('sort', sort);
    if (order !== usualOrder(sort)) parameters.set('order', order);
    if (cursor !== '') parameters.set('cursor', cursor);
    return link('#/', parameters);
  }
  if (route.view === 'nothing') return '#/';
  if (route.view === 'overlap') {
    for (const segment of route.segments) parameters.append('segment', segment);
  }
  if (route.days !== undefined) parameters.set('days', String(route.days));
  return link(
    route.view === 'overlap' ? '#/overlap' : `#/segment/${encodeURIComponent(route.segment)}`,
    parameters,
  );
}

/** The most useful order of a sort. */
export function usualOrder(sort: Sort): Order {
  return sort === 'name' ? 'asc' : 'desc';
}

function parseList(parameters: URLSearchParams): Route {
  const sort = SORTS.find((one) => one === parameters.get('sort')) ?? ALL_SEGMENTS.sort;
  const order = parameters.get('order');
  return {
    view: 'segments',
    search: parameters.get('search') ?? '',
    sort,
    order: order === 'asc' || order === 'desc' ? order : usualOrder(sort),
    cursor: parameters.get('cursor') ?? '',
  };
}

function parseDays(text: string | null): number | undefined {
  return /^\d{1,3}$/.test(text ?? '') && Number(text) > 0 ? Number(text) : undefined;
}

function decode(encoded: string | undefined): string | undefined {
  try {
    return encoded === undefined ? undefined : decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}

function split(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}

function link(path: string, parameters: URLSearchParams): string {
  return parameters.size === 0 ? path : `${path}?${parameters}`;
}
