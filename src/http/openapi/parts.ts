import { Failure } from '../../domain/failure.js';
import { problemDocument } from '../answer.js';
import type { Parameter } from './operation.js';
import { ref, SEGMENT_RULE } from './schema.js';

/** A response with a JSON body. */
export function json(description: string, schema: string, example: object) {
  return { description, content: { 'application/json': { schema: ref(schema), example } } };
}

/** The response for a failure, with the failure as its example. */
function refusal(example: Failure) {
  const names = Object.keys(example.options.headers ?? {});
  return {
    description: example.status.title,
    ...(names.length > 0 && { headers: describeHeaders(names) }),
    content: {
      'application/problem+json': { schema: ref('Problem'), example: problemDocument(example) },
    },
  };
}

/** Responses by their status, one for each of these failures. */
export function refusals(...examples: Failure[]) {
  return Object.fromEntries(examples.map((one) => [one.status.http, refusal(one)]));
}

/** The failure for a body of any other media type. */
export function wrongType(...accepted: string[]): Failure {
  return new Failure('wrong-type', `Content-Type must be ${accepted.join(' or ')}`, {
    headers: { accept: accepted.join(', ') },
  });
}

const HEADERS: Record<string, object> = {
  Accept: {
    description: 'The types that are taken; where a coding was wrong, Accept-Encoding instead.',
    schema: { type: 'string' },
  },
  'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer', minimum: 0 } },
  'WWW-Authenticate': { description: 'RFC 6750, section 3.', schema: { type: 'string' } },
};

function describeHeaders(names: readonly string[]) {
  return Object.fromEntries(
    Object.entries(HEADERS).filter(([name]) => names.includes(name.toLowerCase())),
  );
}

/** The responses for failures that the client did not cause. */
export function inside() {
  return refusals(
    new Failure('internal', 'something went wrong inside the service'),
    new Failure('unavailable', 'the store cannot be reached now; try again', {
      headers: { 'retry-after': '1' },
    }),
    new Failure('deadline', 'the deadline passed before the store answered'),
  );
}

export const segmentParameter: Parameter = {
  name: 'segment',
  in: 'path',
  required: true,
  description: `Percent-encoded. ${SEGMENT_RULE}`,
  schema: { type: 'string', minLength: 1, maxLength: 256 },
  example: 'sport',
};

/** @param description the meaning of `days` */
export function daysParameter(description: string): Parameter {
  return {
    name: 'days',
    in: 'query',
    description,
    schema: { type: 'integer', minimum: 1 },
    example: 7,
  };
}
