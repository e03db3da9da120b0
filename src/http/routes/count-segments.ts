import { countOrNull } from '../../domain/count.js';
import { Failure, invalidField } from '../../domain/failure.js';
import { MAX_COUNTS, parseSegments } from '../../domain/membership.js';
import type { SegmentService } from '../../segment-service/segment-service.js';
import { type Answer, jsonAnswer } from '../answer.js';
import type { Operation } from '../openapi/operation.js';
import { inside, json, refusals, wrongType } from '../openapi/parts.js';
import { countOfSome, name, object, ref } from '../openapi/schema.js';
import { type BodyOptions, readObject } from '../request/body.js';
import { parseDaysMember } from '../request/days.js';
import type { JsonLimits } from '../request/json-counter.js';
import type { HttpRequest, Route } from '../route.js';

/** `POST /counts`: counts the users of many segments, each one separately. */
export function countSegmentsRoute(service: SegmentService, options: BodyOptions): Route {
  return {
    method: 'POST',
    path: '/counts',
    needs: 'segments:read',
    handle: (request) => count(request, service, options),
    operation,
    schemas,
  };
}

/**
 * Room for the longest segments with every character escaped, and for some segments too many, so that the refusal can name
 * the limit.
 */
const LIMITS: JsonLimits = { bytes: 2 * 1024 * 1024, values: 2 * MAX_COUNTS };

async function count(
  request: HttpRequest,
  service: SegmentService,
  options: BodyOptions,
): Promise<Answer> {
  const { segments, days } = await readObject(request, LIMITS, ['segments', 'days'], options);
  const parsedDays = parseDaysMember(days);
  const names = parseSegments(segments);
  const counts = await service.countBatch(names, parsedDays, request);
  return jsonAnswer(200, {
    counts: names.map((segment) => ({ segment, user_count: countOrNull(counts.get(segment)) })),
  });
}

const schemas = {
  CountRequest: {
    type: 'object',
    additionalProperties: false,
    required: ['segments'],
    properties: {
      segments: {
        type: 'array',
        minItems: 1,
        maxItems: MAX_COUNTS,
        items: name('A segment.', 'sport'),
      },
      days: {
        type: 'integer',
        minimum: 1,
        description: 'How many UTC days to count, today included. The whole window when left out.',
      },
    },
  },
  SegmentCounts: object({ counts: { type: 'array', items: ref('SegmentCountAmongOthers') } }),
  SegmentCountAmongOthers: object({ segment: { type: 'string' }, user_count: countOfSome }),
};

const operation: Operation = {
  tags: ['segments'],
  operationId: 'countSegments',
  summary: 'Count the different users of many segments',
  description: 'Each as it would be counted by itself.',
  requestBody: {
    required: true,
    content: {
      'application/json': {
        schema: ref('CountRequest'),
        examples: {
          two: { summary: 'Two segments', value: { segments: ['sport', 'news'], days: 7 } },
        },
      },
    },
  },
  responses: {
    200: json('The counts, in the order of the request', 'SegmentCounts', {
      counts: [
        { segment: 'sport', user_count: 12_345 },
        { segment: 'news', user_count: 0 },
      ],
    }),
    ...refusals(
      invalidField('segments', `must be 1 to ${MAX_COUNTS}, not 0`),
      new Failure('too-large', `the body must be at most ${LIMITS.bytes} bytes`),
      wrongType('application/json'),
    ),
    ...inside(),
  },
};
