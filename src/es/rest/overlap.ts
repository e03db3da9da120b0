import { invalidField } from '../../domain/failure.js';
import type { Operation } from '../../http/openapi/operation.js';
import { json } from '../../http/openapi/parts.js';
import { type BodyOptions, readObject } from '../../http/request/body.js';
import { parseDaysMember } from '../../http/request/days.js';
import type { Route } from '../../http/route.js';
import type { Queries } from '../queries/queries.js';
import { MAX_SKETCHES } from '../sketch/expression.js';
import { answerSchemas } from './answer-schemas.js';
import {
  BODY_LIMITS,
  daysSchema,
  EXAMPLE_WINDOW,
  exampleUsers,
  namesSchema,
  refusalsOfBody,
  requestBody,
} from './several-segments.js';
import { toAnswer } from './to-json.js';

/**
 * `POST /overlap`: how many users several segments share.
 *
 * @param options for reading the body
 */
export function overlapRoute(queries: Queries, options: BodyOptions): Route {
  return {
    method: 'POST',
    path: '/overlap',
    needs: 'segments:read',
    handle: async (request) => {
      const body = await readObject(request, BODY_LIMITS, ['segments', 'days'], options);
      const days = parseDaysMember(body.days);
      return toAnswer(await queries.overlap(request, body.segments, days));
    },
    operation,
    schemas: { ...answerSchemas, OverlapRequest: requestSchema },
  };
}

const requestSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['segments'],
  properties: {
    segments: { ...namesSchema(2, MAX_SKETCHES), uniqueItems: true },
    days: daysSchema,
  },
};

const union = exampleUsers(20_000, 19_700, 20_300);
const intersection = { ...exampleUsers(2_000, 1_850, 2_150), reliable: true };

const SUMMARY = 'Tell how 2 to 6 segments overlap';

const operation: Operation = {
  tags: ['estimates'],
  operationId: 'overlapOfSegments',
  summary: SUMMARY,
  description:
    'Each two, and all. By joint maximum likelihood (Ertl 2017); `reliable` says whether the interval of 95 % reaches no further than 20 % to each side.',
  requestBody: requestBody('OverlapRequest', SUMMARY, { segments: ['sport', 'news'], days: 7 }),
  responses: {
    200: json('The overlap', 'Overlap', {
      ...EXAMPLE_WINDOW,
      segments: [
        { segment: 'sport', ...exampleUsers(12_345, 12_177, 12_513) },
        { segment: 'news', ...exampleUsers(9_655, 9_520, 9_790) },
      ],
      union,
      intersection,
      pairs: [
        {
          segments: ['sport', 'news'],
          union,
          intersection,
          only_first: exampleUsers(10_345, 10_100, 10_590),
          only_second: exampleUsers(7_655, 7_450, 7_860),
          jaccard: { value: 0.1, interval: { low: 0.092, high: 0.108 }, exact: false },
        },
      ],
    }),
    ...refusalsOfBody(invalidField('segments', 'must be 2 to 6 segments, not 1')),
  },
};
