import { Failure, invalidField } from '../../../domain/failure.js';
import { inside, json, ref, refusals, wrongType } from '../../../http/openapi/parts.js';
import { daysParameter, segmentParameter } from '../../../http/openapi/segment-operations.js';

const AS_OF = '2026-05-23T09:30:00Z';

const users = (user_count: number, low: number, high: number) => ({
  user_count,
  interval: { low, high },
});

/**
 * @param windowDays how many UTC days this ES counts
 * @param days the meaning of `days`
 */
export function createQueryOperations(windowDays: number, days: string) {
  const badDays = refusals(invalidField('days', `must be a whole number from 1 to ${windowDays}`));
  const window = { days: 7, from: '2026-05-17', to: '2026-05-23' };
  return {
    estimate: {
      tags: ['estimates'],
      operationId: 'estimateSegment',
      summary: 'Count a segment, with its error',
      description: 'The count is that of `GET /segment/{segment}`; the interval is one of 95 %.',
      parameters: [segmentParameter, daysParameter(days)],
      responses: {
        200: json('The estimate', 'SegmentEstimate', {
          ...{ segment: 'sport', ...users(12_345, 12_177, 12_513), standard_error: 85.7 },
          ...{ window, as_of: AS_OF },
        }),
        ...badDays,
        ...inside(),
      },
    },
    history: {
      tags: ['estimates'],
      operationId: 'historyOfSegment',
      summary: 'Count a segment day by day',
      description:
        'With the count of the window that ended on each day, over as many of its days as are still known.',
      parameters: [
        segmentParameter,
        daysParameter(`How many days back: 1 to ${windowDays}. All of them when left out.`),
      ],
      responses: {
        200: json('The days, oldest first', 'SegmentHistory', {
          segment: 'sport',
          window_days: windowDays,
          history: [
            {
              day: '2026-05-23',
              user_count: 950,
              rolling: { user_count: 12_345, days: windowDays },
            },
          ],
        }),
        ...badDays,
        ...inside(),
      },
    },
    overlap: overlapOperation(window),
    expression: expressionOperation(window),
  };
}

function overlapOperation(window: object) {
  const union = users(20_000, 19_700, 20_300);
  const intersection = { ...users(2_000, 1_850, 2_150), reliable: true };
  return {
    ...posting('overlapOfSegments', 'Tell how 2 to 6 segments overlap', 'OverlapRequest', {
      segments: ['sport', 'news'],
      days: 7,
    }),
    description:
      'Each two, and all. By joint maximum likelihood (Ertl 2017); `reliable` says whether the interval of 95 % reaches no further than 20 % to each side.',
    responses: {
      200: json('The overlap', 'Overlap', {
        ...{ window, as_of: AS_OF },
        segments: [
          { segment: 'sport', ...users(12_345, 12_177, 12_513) },
          { segment: 'news', ...users(9_655, 9_520, 9_790) },
        ],
        ...{ union, intersection },
        pairs: [
          {
            ...{ segments: ['sport', 'news'], union, intersection },
            only_first: users(10_345, 10_100, 10_590),
            only_second: users(7_655, 7_450, 7_860),
            jaccard: { value: 0.1, interval: { low: 0.092, high: 0.108 } },
          },
        ],
      }),
      ...refusalsOfBody(invalidField('segments', 'must be 2 to 6 segments, not 1')),
    },
  };
}

function expressionOperation(window: object) {
  const example = { all: ['sport'], any: ['news', 'weather'], none: ['finance'], days: 7 };
  return {
    ...posting('estimateExpression', 'Count the users of an expression', 'Expression', example),
    description:
      'Users who are in all segments of `all`, in at least one of `any` and in none of `none`. At least one of `all` and `any` names a segment; `all` has 6 at most, one less when `any` names some, and one less when `none` does.',
    responses: {
      200: json('The estimate', 'ExpressionEstimate', {
        ...{ ...users(2_000, 1_850, 2_150), reliable: true, window, as_of: AS_OF },
      }),
      ...refusalsOfBody(new Failure('invalid', 'all or any must have at least 1 segment')),
    },
  };
}

function posting(operationId: string, summary: string, schema: string, value: object) {
  return {
    tags: ['estimates'],
    operationId,
    summary,
    requestBody: {
      required: true,
      content: {
        'application/json': { schema: ref(schema), examples: { some: { summary, value } } },
      },
    },
  };
}

function refusalsOfBody(invalid: Failure) {
  const tooLarge = new Failure('too-large', 'the body must be at most 131072 bytes');
  return { ...refusals(invalid, tooLarge, wrongType('application/json')), ...inside() };
}
