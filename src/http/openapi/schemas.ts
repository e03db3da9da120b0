import { FAILURE_CODES } from '../../domain/failure.js';
import { countOfSome, NAME_RULE, name, object, ref } from './schema.js';

/** The code of a failure, which programs act upon. */
const code = {
  enum: [...FAILURE_CODES],
  description:
    'What failures are told apart by: it stays, while `detail` may be put in other words.',
};
const field = {
  type: 'string',
  description:
    'The member or parameter at fault, such as `segments[3]`; left out where it is none.',
};

const refusedLine = object(
  {
    line: { type: 'integer', minimum: 1, description: 'Line, or position in the array, from 1.' },
    detail: { type: 'string' },
    code,
    field,
  },
  ['field'],
);

/** The schemas of every body. */
export const schemas = {
  Membership: {
    type: 'object',
    additionalProperties: false,
    required: ['segment', 'user_id'],
    properties: {
      segment: name('The segment.', 'sport'),
      user_id: name('The user.', 'u104010', NAME_RULE),
      occurred_at: {
        type: 'string',
        format: 'date-time',
        description:
          'When the user was seen (RFC 3339): within the window, at most 5 minutes ahead. The arrival when left out.',
        examples: ['2026-05-23T09:30:00Z'],
      },
    },
  },
  Accepted: object({ status: { const: 'accepted' } }),
  BulkSummary: object({
    accepted: { type: 'integer', minimum: 0, description: 'Memberships stored.' },
    rejected: { type: 'integer', minimum: 0, description: 'Lines refused.' },
    errors: {
      type: 'array',
      maxItems: 20,
      description: 'The first 20 refusals by line.',
      items: refusedLine,
    },
  }),
  SegmentCount: object({
    segment: { type: 'string' },
    user_count: { type: 'integer', minimum: 0 },
  }),
  SegmentCountAmongOthers: object({
    segment: { type: 'string' },
    user_count: countOfSome,
  }),
  CountRequest: {
    type: 'object',
    additionalProperties: false,
    required: ['segments'],
    properties: {
      segments: {
        type: 'array',
        minItems: 1,
        maxItems: 1_000,
        items: name('A segment.', 'sport'),
      },
      days: {
        type: 'integer',
        minimum: 1,
        description: 'How many UTC days to count, today included. The whole window when left out.',
      },
    },
  },
  SegmentCounts: object({
    counts: { type: 'array', items: ref('SegmentCountAmongOthers') },
  }),
  Health: object({ status: { const: 'ok' } }),
  Readiness: {
    ...object({ status: { const: 'ready' }, checks: { type: 'object' } }),
    properties: {
      status: { const: 'ready' },
      checks: { type: 'object', description: 'Each dependency and its state.' },
      queue: { type: 'object', description: 'Of ES with a queue: how full it is.' },
    },
  },
  Problem: {
    type: 'object',
    required: ['type', 'title', 'status', 'detail', 'code'],
    properties: {
      type: { type: 'string', format: 'uri-reference' },
      title: { type: 'string' },
      status: { type: 'integer' },
      detail: { type: 'string', description: 'Names the field and the limit.' },
      code,
      field,
      line: {
        type: 'integer',
        description:
          'Of a bulk body that failed: the first line, or position in the array, that was not stored.',
      },
      accepted: { type: 'integer', description: 'Memberships stored of the lines before that.' },
      rejected: { type: 'integer', description: 'Lines refused before that.' },
      errors: {
        type: 'array',
        description: 'The first of these, as in a BulkSummary.',
        items: refusedLine,
      },
      checks: { type: 'object', description: 'Of /readyz: each dependency and its state.' },
    },
  },
};
