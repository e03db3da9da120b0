import { invalidField } from '../../domain/failure.js';
import { parseSegment } from '../../domain/membership.js';
import type { Operation } from '../../http/openapi/operation.js';
import {
  daysParameter,
  inside,
  json,
  refusals,
  segmentParameter,
} from '../../http/openapi/parts.js';
import { parseDaysQuery } from '../../http/request/days.js';
import type { Route } from '../../http/route.js';
import type { Queries } from '../queries/queries.js';
import { answerSchemas } from './answer-schemas.js';
import { toAnswer } from './to-json.js';

/**
 * The routes below `/segment/:segment` that only ES has: deletion, estimate and history.
 *
 * @param windowDays how many UTC days this ES counts
 * @param days the meaning of `days`
 */
export function oneSegmentRoutes(queries: Queries, windowDays: number, days: string): Route[] {
  return [
    {
      method: 'DELETE',
      path: '/segment/:segment',
      needs: 'segments:admin',
      handle: async ({ params }) => {
        await queries.remove(parseSegment('segment', params.segment));
        return { status: 204, headers: [], body: '' };
      },
      operation: deleteOperation,
    },
    {
      method: 'GET',
      path: '/segment/:segment/estimate',
      needs: 'segments:read',
      handle: async (request) => {
        const { params, query } = request;
        return toAnswer(await queries.estimate(request, params.segment, parseDaysQuery(query)));
      },
      operation: estimateOperation(windowDays, days),
      schemas: answerSchemas,
    },
    {
      method: 'GET',
      path: '/segment/:segment/history',
      needs: 'segments:read',
      handle: async (request) => {
        const { params, query } = request;
        return toAnswer(await queries.history(request, params.segment, parseDaysQuery(query)));
      },
      operation: historyOperation(windowDays),
      schemas: answerSchemas,
    },
  ];
}

const deleteOperation: Operation = {
  tags: ['segments'],
  operationId: 'deleteSegment',
  summary: 'Delete a segment',
  description:
    'All its counts are gone at once. What is stored later starts afresh. That it is not known is no failure.',
  parameters: [segmentParameter],
  responses: {
    204: { description: 'It is not there, or not any more' },
    ...refusals(invalidField('segment', 'must not contain control characters')),
    ...inside(),
  },
};

function estimateOperation(windowDays: number, days: string): Operation {
  return {
    tags: ['estimates'],
    operationId: 'estimateSegment',
    summary: 'Count a segment, with its error',
    description: 'The count is that of `GET /segment/{segment}`; the interval is one of 95 %.',
    parameters: [segmentParameter, daysParameter(days)],
    responses: {
      200: json('The estimate', 'SegmentEstimate', {
        segment: 'sport',
        user_count: 12_345,
        interval: { low: 12_177, high: 12_513 },
        exact: false,
        standard_error: 85.7,
        window: { days: 7, from: '2026-05-17', to: '2026-05-23' },
        as_of: '2026-05-23T09:30:00Z',
      }),
      ...badDays(windowDays),
      ...inside(),
    },
  };
}

function historyOperation(windowDays: number): Operation {
  return {
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
            exact: true,
            rolling: { user_count: 12_345, exact: false, days: windowDays },
          },
        ],
      }),
      ...badDays(windowDays),
      ...inside(),
    },
  };
}

function badDays(windowDays: number) {
  return refusals(invalidField('days', `must be a whole number from 1 to ${windowDays}`));
}
