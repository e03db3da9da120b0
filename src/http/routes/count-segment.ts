import { invalidField } from '../../domain/failure.js';
import { parseSegment } from '../../domain/membership.js';
import type { SegmentService } from '../../segment-service/segment-service.js';
import { type Answer, jsonAnswer } from '../answer.js';
import { daysParameter, inside, json, refusals, segmentParameter } from '../openapi/parts.js';
import { object } from '../openapi/schema.js';
import { parseDaysQuery } from '../request/days.js';
import type { HttpRequest, Route } from '../route.js';

/**
 * `GET /segment/:segment`: counts the users of one segment.
 *
 * @param days the meaning of `days` at this service
 */
export function countSegmentRoute(service: SegmentService, days: string): Route {
  return {
    method: 'GET',
    path: '/segment/:segment',
    needs: 'segments:read',
    handle: (request) => count(request, service),
    operation: {
      tags: ['segments'],
      operationId: 'countSegment',
      summary: 'Count the different users of a segment',
      description:
        'An estimate with a standard error of 0.81 %. A segment nobody has stored counts 0.',
      parameters: [segmentParameter, daysParameter(days)],
      responses: {
        200: json('The count', 'SegmentCount', { segment: 'sport', user_count: 12_345 }),
        ...refusals(invalidField('days', 'must be a whole number from 1 to 14')),
        ...inside(),
      },
    },
    schemas: {
      SegmentCount: object({
        segment: { type: 'string' },
        user_count: { type: 'integer', minimum: 0 },
      }),
    },
  };
}

async function count(request: HttpRequest, service: SegmentService): Promise<Answer> {
  const segment = parseSegment('segment', request.params.segment);
  const days = parseDaysQuery(request.query);
  return jsonAnswer(200, { segment, user_count: await service.count(segment, days, request) });
}
