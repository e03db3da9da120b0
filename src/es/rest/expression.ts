import { Failure } from '../../domain/failure.js';
import type { Operation } from '../../http/openapi/operation.js';
import { json } from '../../http/openapi/parts.js';
import { object } from '../../http/openapi/schema.js';
import { type BodyOptions, readObject } from '../../http/request/body.js';
import { parseDaysMember } from '../../http/request/days.js';
import type { Route } from '../../http/route.js';
import { MAX_MERGED } from '../queries/expression.js';
import type { Queries } from '../queries/queries.js';
import { MAX_SKETCHES } from '../sketch/expression.js';
import { answerSchemas, withoutUsers } from './answer-schemas.js';
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
 * `POST /estimate`: counts the users of an expression of segments.
 *
 * @param options for reading the body
 */
export function expressionRoute(queries: Queries, options: BodyOptions): Route {
  return {
    method: 'POST',
    path: '/estimate',
    needs: 'segments:read',
    handle: async (request) => {
      const members = ['all', 'any', 'none', 'days'];
      const { days, ...expression } = await readObject(request, BODY_LIMITS, members, options);
      return toAnswer(await queries.expression(request, expression, parseDaysMember(days)));
    },
    operation,
    schemas: { ...answerSchemas, Expression: requestSchema, ExpressionEstimate: answerSchema },
  };
}

const requestSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    all: namesSchema(0, MAX_SKETCHES),
    any: namesSchema(0, MAX_MERGED),
    none: namesSchema(0, MAX_MERGED),
    days: daysSchema,
  },
};

const { window, as_of } = answerSchemas.Overlap.properties;

const answerSchema = object(
  {
    ...answerSchemas.SharedUserEstimate.properties,
    window,
    as_of,
    ...withoutUsers,
  },
  ['below_floor', 'unknown', 'empty'],
);

const SUMMARY = 'Count the users of an expression';

const operation: Operation = {
  tags: ['estimates'],
  operationId: 'estimateExpression',
  summary: SUMMARY,
  description:
    'Users who are in all segments of `all`, in at least one of `any` and in none of `none`. At least one of `all` and `any` names a segment; `all` has 6 at most, one less when `any` names some, and one less when `none` does.',
  requestBody: requestBody('Expression', SUMMARY, {
    all: ['sport'],
    any: ['news', 'weather'],
    none: ['finance'],
    days: 7,
  }),
  responses: {
    200: json('The estimate', 'ExpressionEstimate', {
      ...exampleUsers(2_000, 1_850, 2_150),
      reliable: true,
      ...EXAMPLE_WINDOW,
    }),
    ...refusalsOfBody(new Failure('invalid', 'all or any must have at least 1 segment')),
  },
};
