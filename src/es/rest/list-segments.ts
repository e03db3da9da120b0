import { invalidField } from '../../domain/failure.js';
import type { Operation, Parameter } from '../../http/openapi/operation.js';
import { inside, json, refusals } from '../../http/openapi/parts.js';
import type { Route } from '../../http/route.js';
import { DEFAULT_LIMIT, type ListRequest, MAX_LIMIT } from '../queries/list/list-request.js';
import { ORDERS, SORTS } from '../queries/list/table/segment-order.js';
import { parseWord } from '../queries/parse.js';
import type { Queries } from '../queries/queries.js';
import { answerSchemas } from './answer-schemas.js';
import { toAnswer } from './to-json.js';

/**
 * `GET /segments`: lists the known segments.
 *
 * @param windowDays how many UTC days this ES counts
 */
export function listSegmentsRoute(queries: Queries, windowDays: number): Route {
  return {
    method: 'GET',
    path: '/segments',
    needs: 'segments:read',
    handle: async (request) => {
      const page = await queries.list(request, parseListQuery(request.query));
      return toAnswer({ ...page, nextCursor: page.nextCursor ?? null });
    },
    operation: listOperation(windowDays),
    schemas: answerSchemas,
  };
}

function parseListQuery(query: URLSearchParams): ListRequest {
  const sort = parseWord('sort', once(query, 'sort') ?? 'count', SORTS);
  const order = once(query, 'order') ?? (sort === 'name' ? 'asc' : 'desc');
  const limit = once(query, 'limit') ?? String(DEFAULT_LIMIT);
  return {
    // An empty prefix or search matches every segment, and an empty cursor means the first page.
    prefix: once(query, 'prefix') ?? '',
    search: once(query, 'search') ?? '',
    cursor: once(query, 'cursor') ?? '',
    sort,
    order: parseWord('order', order, ORDERS),
    limit: /^\d{1,9}$/.test(limit) ? Number(limit) : Number.NaN,
    details: parseWord('details', once(query, 'details') ?? 'false', ['true', 'false']) === 'true',
  };
}

/** A query parameter; undefined if it is missing. */
function once(query: URLSearchParams, name: string): string | undefined {
  const [value, ...more] = query.getAll(name);
  if (more.length > 0) throw invalidField(name, 'must be given once');
  return value;
}

function listOperation(windowDays: number): Operation {
  const days = Array.from({ length: windowDays }, (_, index) => 900 + 10 * index);
  return {
    tags: ['segments'],
    operationId: 'listSegments',
    summary: 'List the known segments',
    description:
      'A page at a time. What this ES has stored or deleted is in it at once, what another one has some seconds later. The order may be some seconds old, with very many segments more; counts are not. With a `limit` of 1 to 1000, all pages take the same time.',
    parameters: PARAMETERS,
    responses: {
      200: json('A page', 'SegmentPage', {
        segments: [
          {
            segment: 'sport',
            user_count: 12_345,
            exact: false,
            last_active: '2026-05-23',
            week: { now: 5_000, before: 4_000 },
            days,
          },
        ],
        total: 1,
        next_cursor: null,
        as_of: '2026-05-23T09:30:00Z',
      }),
      ...refusals(invalidField('limit', `must be a whole number from 1 to ${MAX_LIMIT}`)),
      ...inside(),
    },
  };
}

const PARAMETERS: readonly Parameter[] = [
  query('prefix', 'What names start with.', { type: 'string', maxLength: 256 }),
  query('search', 'What names have in them, in upper or lower case.', {
    type: 'string',
    maxLength: 256,
  }),
  query('sort', 'What to sort by; segments that are equal are sorted by name.', {
    enum: [...SORTS],
    default: 'count',
  }),
  query('order', 'When left out: `asc` by name, `desc` by anything else.', {
    enum: [...ORDERS],
  }),
  query('limit', 'Most segments on a page.', {
    type: 'integer',
    minimum: 1,
    maximum: MAX_LIMIT,
    default: DEFAULT_LIMIT,
  }),
  query('cursor', 'The `next_cursor` of the page before; all else as it was there.', {
    type: 'string',
  }),
  query('details', 'Whether to tell weeks and days as well.', {
    type: 'boolean',
    default: false,
  }),
];

function query(name: string, description: string, schema: object): Parameter {
  return { name, in: 'query', description, schema };
}
