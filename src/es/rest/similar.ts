import { invalidField } from '../../domain/failure.js';
import type { Operation } from '../../http/openapi/operation.js';
import { inside, json, refusals, segmentParameter } from '../../http/openapi/parts.js';
import type { Route } from '../../http/route.js';
import type { Queries } from '../queries/queries.js';
import { DEFAULT_SIMILAR, MAX_COMPARED, MAX_SIMILAR } from '../queries/similar.js';
import { answerSchemas } from './answer-schemas.js';
import { EXAMPLE_WINDOW, exampleUsers } from './several-segments.js';
import { toAnswer } from './to-json.js';

/** `GET /segment/:segment/similar`: the segments that are most similar to a segment. */
export function similarRoute(queries: Queries): Route {
  return {
    method: 'GET',
    path: '/segment/:segment/similar',
    needs: 'segments:read',
    handle: async (request) => {
      const { params, query } = request;
      return toAnswer(await queries.similar(request, params.segment, parseLimit(query)));
    },
    operation,
    schemas: answerSchemas,
  };
}

function parseLimit(query: URLSearchParams): number | undefined {
  const [value, ...more] = query.getAll('limit');
  if (more.length > 0) throw invalidField('limit', 'must be given once');
  if (value === undefined) return undefined;
  return /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
}

const operation: Operation = {
  tags: ['estimates'],
  operationId: 'similarSegments',
  summary: 'Find similar segments',
  description: `Those with the largest Jaccard index, over the whole window: the part of the users of both together that is in both. It compares samples of users, with ${MAX_COMPARED} segments at most, those of nearly the same size first; \`complete\` says whether none of the others can be more similar. Refused while small counts are hidden.`,
  parameters: [
    segmentParameter,
    {
      name: 'limit',
      in: 'query',
      description: 'Most segments of the answer.',
      schema: { type: 'integer', minimum: 1, maximum: MAX_SIMILAR, default: DEFAULT_SIMILAR },
    },
  ],
  responses: {
    200: json('The most similar segments', 'SimilarSegments', {
      segment: 'sport',
      ...EXAMPLE_WINDOW,
      similar: [
        {
          segment: 'news',
          jaccard: { value: 0.1, interval: { low: 0.08, high: 0.12 }, exact: false },
          shared: exampleUsers(2_000, 1_630, 2_370),
        },
      ],
      compared: 41,
      total: 41,
      complete: true,
    }),
    ...refusals(invalidField('limit', `must be a whole number from 1 to ${MAX_SIMILAR}`)),
    ...inside(),
  },
};
