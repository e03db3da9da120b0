import { Failure, invalidField } from '../../domain/failure.js';
import { noRoom } from '../../domain/window.js';
import { MAX_WASTED } from '../bulk/ndjson.js';
import { MEDIA_TYPES } from '../request/content.js';
import { inside, json, ref, refusals, wrongType } from './parts.js';
import { SEGMENT_RULE } from './schemas.js';

export const segmentParameter = {
  name: 'segment',
  in: 'path',
  required: true,
  description: `Percent-encoded. ${SEGMENT_RULE}`,
  schema: { type: 'string', minLength: 1, maxLength: 256 },
  example: 'sport',
};

/** @param description the meaning of `days` */
export function daysParameter(description: string) {
  return {
    name: 'days',
    in: 'query',
    description,
    schema: { type: 'integer', minimum: 1 },
    example: 7,
  };
}

export const storeOne = {
  tags: ['segments'],
  operationId: 'storeMembership',
  summary: 'Store one membership',
  description: 'Once it answers 202 the membership is durable.',
  requestBody: {
    required: true,
    content: {
      'application/json': {
        schema: ref('Membership'),
        examples: {
          now: { summary: 'Seen now', value: { segment: 'sport', user_id: 'u104010' } },
        },
      },
    },
  },
  responses: {
    202: json('Stored', 'Accepted', { status: 'accepted' }),
    ...refusals(
      invalidField('user_id', 'is missing', 'missing_field'),
      new Failure('too-large', 'the body must be at most 16384 bytes'),
      wrongType('application/json'),
      noRoom(),
    ),
    ...inside(),
  },
};

export const storeMany = {
  tags: ['segments'],
  operationId: 'storeMemberships',
  summary: 'Store many memberships',
  description: `One membership a line (NDJSON, of any length, streamed), or a JSON array of up to 10,000.
\`Content-Encoding: gzip\` is welcome. NDJSON may be called ${MEDIA_TYPES['application/x-ndjson'].map((name) => `\`${name}\``).join(', ')}, too. What is wrong with a line refuses that line alone; where ${MAX_WASTED.toLocaleString('en')} lines more than
had a membership are refused or blank, the body ends there.`,
  requestBody: {
    required: true,
    content: {
      'application/x-ndjson': {
        schema: {
          type: 'string',
          description: 'A Membership a line; a line has at most 16384 bytes.',
        },
        examples: {
          two: {
            summary: 'Two lines',
            value:
              '{"segment":"sport","user_id":"u104010"}\n{"segment":"news","user_id":"u104010"}\n',
          },
        },
      },
      'application/json': {
        schema: { type: 'array', maxItems: 10_000, items: ref('Membership') },
        examples: {
          one: { summary: 'One entry', value: [{ segment: 'sport', user_id: 'u104010' }] },
        },
      },
    },
  },
  responses: {
    202: json('Read to the end; every accepted membership is durable', 'BulkSummary', {
      accepted: 2,
      rejected: 1,
      errors: [
        {
          line: 3,
          detail: 'segment must not be empty',
          code: 'invalid_field',
          field: 'segment',
        },
      ],
    }),
    ...refusals(
      new Failure('invalid', 'the body is not valid gzip, or is cut short'),
      new Failure('too-large', 'the array must have at most 10000 entries; NDJSON has no limit'),
      wrongType('application/x-ndjson', 'application/json'),
    ),
    ...inside(),
  },
};

/** @param days the meaning of `days` at this service */
export function countSegment(days: string) {
  return {
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
  };
}

export const countSegments = {
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
      invalidField('segments', 'must be 1 to 1000, not 0'),
      new Failure('too-large', 'the body must be at most 2097152 bytes'),
      wrongType('application/json'),
    ),
    ...inside(),
  },
};
