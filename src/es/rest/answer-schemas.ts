// The page reads these schemas too. This file imports only schemas, because the page derives its types from them.
import { countOfSome, object, ref } from '../../http/openapi/schema.js';

const count = { type: 'integer', minimum: 0 } as const;
const day = { type: 'string', format: 'date', description: 'A UTC day.' } as const;
const asOf = { type: 'string', format: 'date-time', description: 'When it was asked.' } as const;
const segment = { type: 'string' } as const;
const days = { type: 'integer', minimum: 1 } as const;
const share = { type: 'number', minimum: 0, maximum: 1 } as const;

function interval<const Limit extends object>(limit: Limit) {
  return { ...object({ low: limit, high: limit }), description: '95 %.' } as const;
}

const reliable = {
  type: 'boolean',
  description: 'Whether the interval reaches no further than 20 % of the estimate to each side.',
} as const;

const exact = {
  type: 'boolean',
  description: 'Whether the number is exact, not an estimate. False while small counts are hidden.',
} as const;

const names = { type: 'array', minItems: 1, items: segment } as const;

/** The segments of a question that have no users. */
export const withoutUsers = {
  unknown: {
    ...names,
    description:
      'There only where segments of the question have no users in the whole window: which, each once. Their names may be misspelt. Never there while small counts are hidden.',
  },
  empty: {
    ...names,
    description:
      'There only where segments of the question have users in the window, but none in these days: which, each once. Never there while small counts are hidden.',
  },
} as const;

const belowFloor = {
  const: true,
  description:
    'There only where the number is hidden, and `user_count` is 0: there are too few to tell how many, or none, or it would help to compute such a number.',
} as const;

const estimate = {
  user_count: count,
  interval: ref('Interval'),
  exact,
  below_floor: belowFloor,
} as const;

const userEstimate = object(estimate, ['below_floor']);

const sharedUserEstimate = object({ reliable, ...estimate }, ['below_floor']);

const listedSegment = object(
  {
    segment,
    user_count: countOfSome,
    exact,
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
  ['week', 'days'],
);

const segmentPage = object({
  segments: { type: 'array', items: ref('ListedSegment') },
  total: { ...count, description: 'Segments on all pages.' },
  next_cursor: { type: ['string', 'null'], description: 'Null on the last page.' },
  as_of: asOf,
});

const segmentEstimate = object(
  {
    segment,
    standard_error: { type: 'number', minimum: 0, description: 'In users.' },
    window: ref('AnsweredWindow'),
    as_of: asOf,
    ...estimate,
  },
  ['below_floor'],
);

const segmentHistory = object({
  segment,
  window_days: days,
  history: {
    type: 'array',
    items: object({
      day,
      user_count: count,
      exact,
      rolling: object({ user_count: count, exact, days }),
    }),
  },
});

const overlapPair = object({
  segments: { type: 'array', minItems: 2, maxItems: 2, items: segment },
  union: ref('UserEstimate'),
  intersection: ref('SharedUserEstimate'),
  only_first: ref('UserEstimate'),
  only_second: ref('UserEstimate'),
  jaccard: ref('ShareEstimate'),
});

const overlap = object(
  {
    window: ref('AnsweredWindow'),
    as_of: asOf,
    segments: { type: 'array', items: object({ segment, ...estimate }, ['below_floor']) },
    union: ref('UserEstimate'),
    intersection: ref('SharedUserEstimate'),
    pairs: { type: 'array', items: ref('OverlapPair') },
    ...withoutUsers,
  },
  ['unknown', 'empty'],
);

const similarSegments = object({
  segment,
  window: ref('AnsweredWindow'),
  as_of: asOf,
  similar: {
    type: 'array',
    items: object({ segment, jaccard: ref('ShareEstimate'), shared: ref('UserEstimate') }),
    description: 'The most similar first; none that shares nobody.',
  },
  compared: {
    ...count,
    description: 'How many segments it was compared with, those of nearly its size first.',
  },
  total: { ...count, description: 'How many other segments there are.' },
  complete: {
    type: 'boolean',
    description:
      'Whether none of the others can be more similar, by its size. If not, there were too many to compare all, or some have no sample of their users.',
  },
});

/** The schemas of the answers of ES to the page. */
export const answerSchemas = {
  Interval: interval(count),
  AnsweredWindow: object({ days, from: day, to: day }),
  ListedSegment: listedSegment,
  SegmentPage: segmentPage,
  SegmentEstimate: segmentEstimate,
  SegmentHistory: segmentHistory,
  UserEstimate: userEstimate,
  SharedUserEstimate: sharedUserEstimate,
  ShareEstimate: object({ value: share, interval: interval(share), exact }),
  OverlapPair: overlapPair,
  Overlap: overlap,
  SimilarSegments: similarSegments,
};

export type AnswerSchemas = typeof answerSchemas;
