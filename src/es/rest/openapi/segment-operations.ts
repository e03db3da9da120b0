import { invalidField } from '../../../domain/failure.js';
import { inside, json, refusals } from '../../../http/openapi/parts.js';
import { segmentParameter } from '../../../http/openapi/segment-operations.js';
import { DEFAULT_LIMIT, MAX_LIMIT } from '../../queries/list/list-request.js';
import { ORDERS, SORTS } from '../../queries/list/table/segment-order.js';

export const deleteSegment = {
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

/** @param windowDays how many UTC days this ES counts */
export function createListOperation(windowDays: number) {
  const days = Array.from({ length: windowDays }, (_, index) => 900 + 10 * index);
  return {
    tags: ['segments'],
    operationId: 'listSegments',
    summary: 'List the known segments',
    description:
      'A page at a time. What this ES has stored or deleted is in it at once, what another one has some seconds later. The order may be some seconds old, with very many segments more; counts are not. With a `limit` of 1 to 1000, all pages take the same time.',
    parameters: [
      query('prefix', 'What names start with.', { type: 'string', maxLength: 256 }),
      query('search', 'What names have in them, in upper or lower case.', {
        type: 'string',
        maxLength: 256,
      }),
      query('sort', 'What to sort by; segments that are equal are sorted by name.', {
        enum: [...SORTS],
        default: 'count',
      }),
      query('order', 'When left out: `asc` by name, `desc` by anything else.', {
        enum: [...ORDERS],
      }),
      query('limit', 'Most segments on a page.', {
        type: 'integer',
        minimum: 1,
        maximum: MAX_LIMIT,
        default: DEFAULT_LIMIT,
      }),
      query('cursor', 'The `next_cursor` of the page before; all else as it was there.', {
        type: 'string',
      }),
      query('details', 'Whether to tell weeks and days as well.', {
        type: 'boolean',
        default: false,
      }),
    ],
    responses: {
      200: json('A page', 'SegmentPage', {
        segments: [
          {
            segment: 'sport',
            user_count: 12_345,
            last_active: '2026-05-23',
            week: { now: 5_000, before: 4_000 },
            days,
          },
        ],
        total: 1,
        next_cursor: null,
        as_of: '2026-05-23T09:30:00Z',
      }),
      ...refusals(invalidField('limit', `must be a whole number from 1 to ${MAX_LIMIT}`)),
      ...inside(),
    },
  };
}

function query(name: string, description: string, schema: object) {
  return { name, in: 'query', description, schema };
}
