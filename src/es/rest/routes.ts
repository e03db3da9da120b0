import { invalidField } from '../../domain/failure.js';
import { parseSegment } from '../../domain/membership.js';
import { type Answer, jsonAnswer } from '../../http/answer.js';
import { type BodyOptions, readObject } from '../../http/request/body.js';
import { parseDaysMember, parseDaysQuery } from '../../http/request/days.js';
import type { JsonLimits } from '../../http/request/json-counter.js';
import type { HttpRequest, Route } from '../../http/route.js';
import type { EsRoutes } from '../../http/routes/es-paths.js';
import { DEFAULT_LIMIT, type ListRequest } from '../queries/list/list-request.js';
import { ORDERS, SORTS } from '../queries/list/table/segment-order.js';
import { parseWord } from '../queries/parse.js';
import type { Queries } from '../queries/queries.js';
import { toJson } from './to-json.js';

/** Of a body: 46 of the longest segments with every character escaped, and many too many to be told of. */
const BODY_LIMITS: JsonLimits = { bytes: 128 * 1024, values: 1_000 };

const READ = 'segments:read';
const ADMIN = 'segments:admin';

/**
 * The routes that ES has beside those of both services.
 *
 * @param options how their bodies are read
 */
export function createQueryRoutes(queries: Queries, options: BodyOptions): Route[] {
  const read = (request: HttpRequest, members: readonly string[]) =>
    readObject(request, BODY_LIMITS, members, options);
  const routes: EsRoutes = {
    '/segments': {
      needs: READ,
      needsOf: { GET: READ },
      parameters: LIST_PARAMETERS,
      get: async (request) => {
        const page = await queries.list(request, parseListQuery(request.query));
        return answer({ ...page, nextCursor: page.nextCursor ?? null });
      },
    },
    '/segment/:segment': {
      needs: READ,
      needsOf: { DELETE: ADMIN },
      delete: async ({ params }) => {
        await queries.remove(parseSegment('segment', params.segment));
        return { status: 204, headers: [], body: '' };
      },
    },
    '/segment/:segment/estimate': {
      needs: READ,
      parameters: ['days'],
      get: async (request) =>
        answer(
          await queries.estimate(request, request.params.segment, parseDaysQuery(request.query)),
        ),
    },
    '/segment/:segment/history': {
      needs: READ,
      parameters: ['days'],
      get: async (request) =>
        answer(
          await queries.history(request, request.params.segment, parseDaysQuery(request.query)),
        ),
    },
    '/overlap': {
      needs: READ,
      post: async (request) => {
        const { segments, days } = await read(request, ['segments', 'days']);
        return answer(await queries.overlap(request, segments, parseDaysMember(days)));
      },
    },
    '/estimate': {
      needs: READ,
      post: async (request) => {
        const { days, ...expression } = await read(request, ['all', 'any', 'none', 'days']);
        return answer(await queries.expression(request, expression, parseDaysMember(days)));
      },
    },
  };
  return Object.entries(routes).map(([path, route]) => ({ path, ...route }));
}

function answer(value: object): Answer {
  return jsonAnswer(200, toJson(value));
}

const LIST_PARAMETERS = ['prefix', 'search', 'sort', 'order', 'limit', 'cursor', 'details'];

function parseListQuery(query: URLSearchParams): ListRequest {
  const sort = parseWord('sort', once(query, 'sort') ?? 'count', SORTS);
  const order = once(query, 'order') ?? (sort === 'name' ? 'asc' : 'desc');
  const limit = once(query, 'limit') ?? String(DEFAULT_LIMIT);
  return {
    // Empty they mean anything, and the first page.
    prefix: once(query, 'prefix') ?? '',
    search: once(query, 'search') ?? '',
    cursor: once(query, 'cursor') ?? '',
    sort,
    order: parseWord('order', order, ORDERS),
    limit: /^\d{1,9}$/.test(limit) ? Number(limit) : Number.NaN,
    details: parseWord('details', once(query, 'details') ?? 'false', ['true', 'false']) === 'true',
  };
}

/** A parameter of a query; undefined when left out. */
function once(query: URLSearchParams, name: string): string | undefined {
  const [value, ...more] = query.getAll(name);
  if (more.length > 0) throw invalidField(name, 'must be given once');
  return value;
}
