import { FAILURE_CODES } from '../../domain/failure.js';
import { object } from './schema.js';

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

/** A line of a bulk body that was refused. */
export const refusedLine = object(
  {
    line: { type: 'integer', minimum: 1, description: 'Line, or position in the array, from 1.' },
    detail: { type: 'string' },
    code,
    field,
  },
  ['field'],
);

/** A problem document: the answer of every route to a request that it refuses. */
export const problemSchema = {
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
};
