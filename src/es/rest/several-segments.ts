// The common parts of the routes about several segments.
import { Failure } from '../../domain/failure.js';
import { inside, refusals, wrongType } from '../../http/openapi/parts.js';
import { name, ref } from '../../http/openapi/schema.js';
import type { JsonLimits } from '../../http/request/json-counter.js';

/**
 * The limits of a body: room for 46 of the longest segments with every character escaped, and for many segments too many,
 * so that the refusal can name the limit.
 */
export const BODY_LIMITS: JsonLimits = { bytes: 128 * 1024, values: 1_000 };

/** The description of the body of an operation, with an example. */
export function requestBody(schema: string, summary: string, value: object) {
  return {
    required: true,
    content: {
      'application/json': { schema: ref(schema), examples: { some: { summary, value } } },
    },
  };
}

/** The responses for a refused body, and for internal failures. */
export function refusalsOfBody(invalid: Failure) {
  const tooLarge = new Failure('too-large', `the body must be at most ${BODY_LIMITS.bytes} bytes`);
  return { ...refusals(invalid, tooLarge, wrongType('application/json')), ...inside() };
}

/** The schema of `days` in a body. */
export const daysSchema = {
  type: 'integer',
  minimum: 1,
  description:
    'How many UTC days to count, today included. The whole window when left out; while small counts are hidden, nothing else.',
};

/** The schema of a list of segments. */
export function namesSchema(minItems: number, maxItems: number) {
  return { type: 'array', minItems, maxItems, items: name('A segment.', 'sport') };
}

/** The window and the time of the examples. */
export const EXAMPLE_WINDOW = {
  window: { days: 7, from: '2026-05-17', to: '2026-05-23' },
  as_of: '2026-05-23T09:30:00Z',
};

/** An estimate, for the examples. */
export function exampleUsers(user_count: number, low: number, high: number) {
  return { user_count, interval: { low, high }, exact: low === high };
}
