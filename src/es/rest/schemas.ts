import { ref } from '../../http/openapi/parts.js';
import { countOfSome, name, object } from '../../http/openapi/schemas.js';
import { MAX_MERGED } from '../queries/expression.js';
import { MAX_SKETCHES } from '../sketch/expression.js';

const count = { type: 'integer', minimum: 0 };
const day = { type: 'string', format: 'date', description: 'A UTC day.' };
const asOf = { type: 'string', format: 'date-time', description: 'When it was asked.' };
const interval = (of: object) => ({ ...object({ low: of, high: of }), description: '95 %.' });
const share = { type: 'number', minimum: 0, maximum: 1 };

const reliable = {
  type: 'boolean',
  description: 'Whether the interval reaches no further than 20 % of the estimate to each side.',
};

const belowFloor = {
  const: true,
  description:
    'There only where the number is hidden, and `user_count` is 0: there are too few to tell how many, or none, or it would help to compute such a number.',
};

/** An estimate of users, with further members. */
const users = (more: Record<string, object> = {}) => ({
  ...object({ user_count: count, interval: ref('Interval'), ...more }),
  properties: {
    ...more,
    user_count: count,
    interval: ref('Interval'),
    below_floor: belowFloor,
  },
});

const estimateOfExpression = users({ reliable, window: ref('AnsweredWindow'), as_of: asOf });

const expressionEstimate = {
  ...estimateOfExpression,
  properties: {
    ...estimateOfExpression.properties,
    empty: {
      ...{ type: 'array', minItems: 1, items: { type: 'string' } },
      description:
        'There only where segments of the expression have no users in these days: which, each once. Their names may be misspelt. Never there while small counts are hidden.',
    },
  },
};

const days = {
  type: 'integer',
  minimum: 1,
  description:
    'How many UTC days to count, today included. The whole window when left out; while small counts are hidden, nothing else.',
};

const names = (minItems: number, maxItems: number) => ({
  type: 'array',
  ...{ minItems, maxItems },
  items: name('A segment.', 'sport'),
});

/** The schemas of what ES answers beside plain counts. */
export const querySchemas = {
  Interval: interval(count),
  AnsweredWindow: object({ days: { type: 'integer', minimum: 1 }, from: day, to: day }),
  ListedSegment: {
    ...object({ segment: { type: 'string' }, user_count: countOfSome, last_active: day }),
    properties: {
      segment: { type: 'string' },
      user_count: countOfSome,
      last_active: day,
      week: {
        ...object({ now: count, before: count }),
        description: 'Users of the last 7 days, and of the 7 before. With `details`.',
      },
      days: {
        type: 'array',
        items: count,
        description: 'Users of each day of the window, oldest first. With `details`.',
      },
    },
  },
  SegmentPage: object({
    segments: { type: 'array', items: ref('ListedSegment') },
    total: { ...count, description: 'Segments on all pages.' },
    next_cursor: { type: ['string', 'null'], description: 'Null on the last page.' },
    as_of: asOf,
  }),
  SegmentEstimate: users({
    segment: { type: 'string' },
    standard_error: { type: 'number', minimum: 0, description: 'In users.' },
    window: ref('AnsweredWindow'),
    as_of: asOf,
  }),
  SegmentHistory: object({
    segment: { type: 'string' },
    window_days: { type: 'integer', minimum: 1 },
    history: {
      type: 'array',
      items: object({
        day,
        user_count: count,
        rolling: object({ user_count: count, days: { type: 'integer', minimum: 1 } }),
      }),
    },
  }),
  OverlapRequest: {
    type: 'object',
    additionalProperties: false,
    required: ['segments'],
    properties: { segments: { ...names(2, MAX_SKETCHES), uniqueItems: true }, days },
  },
  UserEstimate: users(),
  SharedUserEstimate: users({ reliable }),
  OverlapPair: object({
    segments: { type: 'array', minItems: 2, maxItems: 2, items: { type: 'string' } },
    union: ref('UserEstimate'),
    intersection: ref('SharedUserEstimate'),
    only_first: ref('UserEstimate'),
    only_second: ref('UserEstimate'),
    jaccard: object({ value: share, interval: interval(share) }),
  }),
  Overlap: object({
    window: ref('AnsweredWindow'),
    as_of: asOf,
    segments: { type: 'array', items: users({ segment: { type: 'string' } }) },
    union: ref('UserEstimate'),
    intersection: ref('SharedUserEstimate'),
    pairs: { type: 'array', items: ref('OverlapPair') },
  }),
  Expression: {
    type: 'object',
    additionalProperties: false,
    properties: {
      all: names(0, MAX_SKETCHES),
      any: names(0, MAX_MERGED),
      none: names(0, MAX_MERGED),
      days,
    },
  },
  ExpressionEstimate: expressionEstimate,
};
