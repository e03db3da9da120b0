import { name } from '../../http/openapi/schema.js';
import { MAX_MERGED } from '../queries/expression.js';
import { MAX_SKETCHES } from '../sketch/expression.js';

const days = {
  type: 'integer',
  minimum: 1,
  description:
    'How many UTC days to count, today included. The whole window when left out; while small counts are hidden, nothing else.',
};

function names(minItems: number, maxItems: number) {
  return { type: 'array', minItems, maxItems, items: name('A segment.', 'sport') };
}

/** The schemas of the bodies that ES alone takes. */
export const requestSchemas = {
  OverlapRequest: {
    type: 'object',
    additionalProperties: false,
    required: ['segments'],
    properties: { segments: { ...names(2, MAX_SKETCHES), uniqueItems: true }, days },
  },
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
};
