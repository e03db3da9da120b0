import { Failure, invalidField } from '../../domain/failure.js';
import type { Operation } from '../../http/openapi/operation.js';
import { inside, json, refusals, wrongType } from '../../http/openapi/parts.js';
import { ref } from '../../http/openapi/schema.js';
import { type BodyOptions, readObject } from '../../http/request/body.js';
import { parseDaysMember } from '../../http/request/days.js';
import type { JsonLimits } from '../../http/request/json-counter.js';
import type { Route } from '../../http/route.js';
import type { Queries } from '../queries/queries.js';
import { toAnswer } from './to-json.js';

/**
 * Room for 46 of the longest segments with every character escaped, and for many too many, so that the refusal names
 * the limit.
 */
const LIMITS: JsonLimits = { bytes: 128 * 1024, values: 1_000 };

/**
 * `POST /overlap` and `POST /estimate`: questions about the users of several segments.
 *
 * @param options how bodies are read
 */
export function severalSegmentsRoutes(queries: Queries, options: BodyOptions): Route[] {
  return [
    {
      method: 'POST',
      path: '/overlap',
      needs: 'segments:read',
      handle: async (request) => {
        const members = ['segments', 'days'];
        const { segments, days } = await readObject(request, LIMITS, members, options);
        return toAnswer(await queries.overlap(request, segments, parseDaysMember(days)));
      },
      operation: overlapOperation,
    },
    {
      method: 'POST',
      path: '/estimate',
      needs: 'segments:read',
      handle: async (request) => {
        const members = ['all', 'any', 'none', 'days'];
        const { days, ...expression } = await readObject(request, LIMITS, members, options);
        return toAnswer(await queries.expression(request, expression, parseDaysMember(days)));
      },
      operation: expressionOperation,
    },
  ];
}

const AS_OF = '2026-05-23T09:30:00Z';
const WINDOW = { days: 7, from: '2026-05-17', to: '2026-05-23' };

const users = (user_count: number, low: number, high: number) => ({
  user_count,
  interval: { low, high },
});

const union = users(20_000, 19_700, 20_300);
const intersection = { ...users(2_000, 1_850, 2_150), reliable: true };

const overlapOperation: Operation = {
  tags: ['estimates'],
  operationId: 'overlapOfSegments',
  summary: 'Tell how 2 to 6 segments overlap',
  description:
    'Each two, and all. By joint maximum likelihood (Ertl 2017); `reliable` says whether the interval of 95 % reaches no further than 20 % to each side.',
  requestBody: requestBody('OverlapRequest', 'Tell how 2 to 6 segments overlap', {
    segments: ['sport', 'news'],
    days: 7,
  }),
  responses: {
    200: json('The overlap', 'Overlap', {
      window: WINDOW,
      as_of: AS_OF,
      segments: [
        { segment: 'sport', ...users(12_345, 12_177, 12_513) },
        { segment: 'news', ...users(9_655, 9_520, 9_790) },
      ],
      union,
      intersection,
      pairs: [
        {
          segments: ['sport', 'news'],
          union,
          intersection,
          only_first: users(10_345, 10_100, 10_590),
          only_second: users(7_655, 7_450, 7_860),
          jaccard: { value: 0.1, interval: { low: 0.092, high: 0.108 } },
        },
      ],
    }),
    ...refusalsOfBody(invalidField('segments', 'must be 2 to 6 segments, not 1')),
  },
};

const expressionOperation: Operation = {
  tags: ['estimates'],
  operationId: 'estimateExpression',
  summary: 'Count the users of an expression',
  description:
    'Users who are in all segments of `all`, in at least one of `any` and in none of `none`. At least one of `all` and `any` names a segment; `all` has 6 at most, one less when `any` names some, and one less when `none` does.',
  requestBody: requestBody('Expression', 'Count the users of an expression', {
    all: ['sport'],
    any: ['news', 'weather'],
    none: ['finance'],
    days: 7,
  }),
  responses: {
    200: json('The estimate', 'ExpressionEstimate', {
      ...users(2_000, 1_850, 2_150),
      reliable: true,
      window: WINDOW,
      as_of: AS_OF,
    }),
    ...refusalsOfBody(new Failure('invalid', 'all or any must have at least 1 segment')),
  },
};

function requestBody(schema: string, summary: string, value: object) {
  return {
    required: true,
    content: {
      'application/json': { schema: ref(schema), examples: { some: { summary, value } } },
    },
  };
}

function refusalsOfBody(invalid: Failure) {
  const tooLarge = new Failure('too-large', `the body must be at most ${LIMITS.bytes} bytes`);
  return { ...refusals(invalid, tooLarge, wrongType('application/json')), ...inside() };
}
